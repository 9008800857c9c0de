/** An HTTP client as the bench sees it. */
export interface HttpClient {
  /** Resolves when the whole answer has come. */
  get(origin: string, path: string): Promise<unknown>
  /** Ends its connections. */
  close(): unknown
}

export interface HttpClientOptions {
  /** Per origin. */
  readonly connections: number
  /** For clients that have one alone. */
  readonly origin: string
}
