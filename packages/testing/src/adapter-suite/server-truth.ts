/**
 * The truth as the server sees it, and what can be done to it. Everything is optional and may be asynchronous: what a
 * kind of server cannot do is left out, and the clauses that need it are reported as not covered.
 *
 * Of `refuse`, `blackhole` and `stop` no two hold at a time, and each is undone before the teardown.
 */
export interface ServerTruth<R> {
  /** Connections that the server has open at this moment. */
  openCount?(): number | Promise<number>
  /** Whether the server has this resource's connection open. First asked right after the open, so that what is needed
   * to recognise the connection later (its port, its name) can be noted then. */
  isOpen?(resource: R): boolean | Promise<boolean>
  /** Ends this resource's connection from the server's side, without a goodbye. Does nothing when it is gone already. */
  kill?(resource: R): void | Promise<void>
  /** While on, the server turns new connections away. What is open stays so. */
  refuse?(on: boolean): void | Promise<void>
  /** While on, the server answers nothing, to old and new connections alike, and ends none. `false` gives it its voice
   * back; what it was asked in between it may answer late. */
  blackhole?(on: boolean): void | Promise<void>
  /** Ends all connections and listens no more. */
  stop?(): void | Promise<void>
  /** After `stop`: listens again, at the same address. */
  start?(): void | Promise<void>
}
