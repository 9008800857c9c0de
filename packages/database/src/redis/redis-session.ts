import type { Facts } from './client-info.js'

/** One client of either driver, in the pool's words. */
export interface RedisSession {
  /** What the server said of it when it was new; undefined where the server does not tell. */
  facts: Facts | undefined
  /** The database that its options name. */
  readonly database: number
  /** Connected and able to send. */
  readonly isReady: boolean
  readonly isSubscribed: boolean
  /** It waits for a blocking command, as far as it is known. */
  readonly isBlocked: boolean
  /** Rejects with what the driver says of the first attempt; there is no second. */
  connect(): Promise<void>
  /** The answer to one command, past the driver's own methods. */
  send(command: string, ...args: string[]): Promise<unknown>
  select(db: number): Promise<unknown>
  unwatch(): Promise<unknown>
  /** Drops every subscription, and who listens to them. */
  unsubscribe(): Promise<unknown>
  /** Calls `lost` once when the connection ends without being asked to; at once when it has already. */
  watch(lost: (error: Error) => void): () => void
  /** Says goodbye; resolves when the server has heard it. */
  quit(): Promise<void>
  /** Ends it at once. May come twice. */
  destroy(): void
  /** May it hold the process? */
  setRef(keepAlive: boolean): void
}
