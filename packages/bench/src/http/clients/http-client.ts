/** ms: as long as the server keeps its connections. The others keep theirs for so long by default, and all rest while
 * another has its round. */
export const IDLE_TIMEOUT = 120_000

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
