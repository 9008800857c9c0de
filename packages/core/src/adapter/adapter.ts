/**
 * Why a connection ended (or is about to).
 *
 * - `idle`: unused for `idle.timeout`
 * - `age`: older than `lifetime.maxAge`
 * - `uses`: leased `lifetime.maxUses` times
 * - `lost`: the peer or the network ended it
 * - `unhealthy`: its health check rejected or took longer than `health.timeout`
 * - `stale`: opened before the last `flush()`
 * - `reset-failed`: its reset rejected or took longer than `release.timeout`
 * - `retired`: a borrower, an adapter or a policy decided not to keep it
 * - `destroyed`: a borrower ended it, or its error was fatal
 * - `detached`: a borrower took the resource out of the pool
 * - `surplus`: more are open than `size.max`, `idle.max` or a `fresh` acquire leaves room for
 * - `connect-failed`: its open rejected
 * - `abandoned`: its open had not settled by its deadlines
 * - `revoked`: taken from its borrower by `destroy()` or at the deadline of `close()`
 * - `pool-closed`: the pool was closed
 */
export type CloseReason =
  | 'idle'
  | 'age'
  | 'uses'
  | 'lost'
  | 'unhealthy'
  | 'stale'
  | 'reset-failed'
  | 'retired'
  | 'destroyed'
  | 'detached'
  | 'surplus'
  | 'connect-failed'
  | 'abandoned'
  | 'revoked'
  | 'pool-closed'

/** What every call of an adapter is given. */
export interface CallContext {
  /** Aborted when the pool gives the call up: its deadline passed, or the connection must end. The result is then ignored. */
  readonly signal: AbortSignal
}

export interface OpenContext extends CallContext {
  /** 1, 2, 3 … in the order in which the pool's opens began (CMAP's connection ids). */
  readonly connectionId: number
  /** `connect.timeout`: ms until `signal` aborts; `Infinity` when switched off. */
  readonly timeout: number
  /** 1 for a first try; 1 + the number of consecutive failures before this one. */
  readonly attempt: number
}

export interface CloseContext extends CallContext {
  readonly reason: CloseReason
}

export interface CheckContext extends CallContext {
  /** `health.timeout`: ms until `signal` aborts; `Infinity` when switched off. */
  readonly timeout: number
}

export interface ResetContext extends CallContext {
  /** `release.timeout`: ms until `signal` aborts; `Infinity` when switched off. */
  readonly timeout: number
}

/** How an adapter tells the pool about a connection that nobody is calling. Each may come synchronously, twice, or too late. */
export interface WatchSignals {
  /** The connection is gone: its room is free at once. */
  lost(error?: Error): void
  /** The connection should not be lent again; closed gracefully once it is free (HTTP/2 GOAWAY). */
  retire(reason?: string): void
  /** `capacity()` may have changed (HTTP/2 SETTINGS). */
  capacityChanged(): void
}

/**
 * How one kind of connection is opened, checked, reset and closed. `open` and `close` are required.
 *
 * Calls for one resource never overlap, except that `close` or `destroy` may come while an open, check or reset is
 * pending: its signal is aborted first and its result ignored (a resource that arrives late is ended all the same).
 * All calls run in the async context in which the pool was created; only the synchronous questions `isUsable`,
 * `capacity`, `isFatal` and `setRef` run in their caller's.
 */
export interface Adapter<R> {
  /** The kind of connection, "tcp" or "pg": in errors, events and metrics. */
  readonly name: string
  /** Opens one resource. Rejects with the cause when it cannot; should stop when `ctx.signal` aborts. */
  open(ctx: OpenContext): Promise<R> | R
  /** Ends it gracefully. Past `close.timeout`, or when this rejects, `destroy` follows. */
  close(resource: R, ctx: CloseContext): Promise<void> | void
  /** Ends it at once: lost, revoked, or past its close deadline. Without it, `close` is called and not waited for. */
  destroy?(resource: R, reason: CloseReason): void
  /** Socket check: synchronous and cheap, asked before every lease of a connection that was open already. */
  isUsable?(resource: R): boolean
  /** Ping or test request; rejects when unhealthy. */
  check?(resource: R, ctx: CheckContext): Promise<void>
  /** Scrubs a resource between leases; rejects when it must not be reused. */
  reset?(resource: R, ctx: ResetContext): Promise<void> | void
  /** Starts watching an open resource; returns how to stop. */
  watch?(resource: R, signals: WatchSignals): () => void
  /** `false` when parked, `true` when leased or checked: may it hold the process? An opened one counts as leased. */
  setRef?(resource: R, keepAlive: boolean): void
  /** Simultaneous leases it can carry (HTTP/2 streams); default 1. */
  capacity?(resource: R): number
  /** Does this error of a borrower mean that the connection is finished? */
  isFatal?(error: unknown, resource: R): boolean
}

/** Returns the adapter as it is, with its resource type inferred. */
export function defineAdapter<R>(adapter: Adapter<R>): Adapter<R> {
  return adapter
}
