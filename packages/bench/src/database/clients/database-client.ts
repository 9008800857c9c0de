/** A database's pool as the bench sees it. */
export interface DatabaseClient {
  /** Resolves when the rows are there. */
  query(text: string): Promise<unknown>
  close(): unknown
}

export interface DatabaseClientOptions {
  readonly url: string
  readonly connections: number
  /** ms that a caller waits for a connection at most, where the pool has a limit for that. Default the pool's own. */
  readonly patience?: number
}
