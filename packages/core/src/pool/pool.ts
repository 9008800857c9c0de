import type { EventEmitter } from 'eventemitter3'
import { acquire, tryAcquire } from '../acquire/acquire.js'
import type { AcquireOptions, TryAcquireOptions } from '../acquire/acquire-options.js'
import type { Lease } from '../acquire/lease.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import { acquireTimeout } from './acquire-timeout.js'
import { type CloseOptions, closePool, destroyPool } from './close.js'
import { type FlushOptions, flushPool } from './flush.js'
import type { Moments } from './moments.js'
import { ObservedEmitter } from './observed-emitter.js'
import { type PauseOptions, pausePool, resumePool } from './pause.js'
import type { PoolCore } from './pool-core.js'
import type { PoolEvents } from './pool-events.js'
import type { PoolStats } from './pool-stats.js'
import { resizePool } from './resize.js'
import { readStats } from './stats.js'
import { use } from './use.js'
import { warmPool } from './warm.js'

/** Keeps connections open and lends them out. */
export interface Pool<R> extends EventEmitter<PoolEvents<R>>, AsyncDisposable {
  readonly name: string
  /** Lends a connection: an idle one at once, else the next that comes free or is opened, in turn. Every failure is a
   * rejection with a `PoolError`: timeout, abort, full queue, failed open, closed or paused pool, bad option. */
  acquire(options?: AcquireOptions): Promise<Lease<R>>
  /** Lends an idle connection now, or returns undefined; never overtakes a waiter. */
  tryAcquire(options?: TryAcquireOptions): Lease<R> | undefined
  /** Acquires, calls `fn`, and releases whatever happens. When `fn` rejects with an error that the adapter calls fatal,
   * the connection is destroyed instead. */
  use<T>(fn: (resource: R, lease: Lease<R>) => T | Promise<T>, options?: AcquireOptions): Promise<T>
  /** Opens connections until `count` are open (default `size.min`). Rejects with the first `ConnectError`. */
  warm(count?: number): Promise<void>
  /** Changes `size.min` and `size.max`. Throws `InvalidOptionError`, or `PoolClosedError` once closing. */
  resize(size: { min?: number; max?: number }): void
  /** Begins a new generation: idle connections close now, leased ones on release (or now). */
  flush(options?: FlushOptions): void
  /** Grants no lease and begins no open until `resume()`. */
  pause(options?: PauseOptions): void
  resume(): void
  /** Drains: waiters are rejected (or served), leases come back, everything closes; at the deadline the rest is revoked
   * and destroyed. Called again, it returns the same promise, and the earlier deadline wins. */
  close(options?: CloseOptions): Promise<void>
  /** Fails the waiters with `PoolClosedError` (cause: `error`) and ends everything now. */
  destroy(error?: Error): Promise<void>
  stats(): PoolStats
  /** Snapshots of all connections that are not closed. */
  connections(): Iterable<ConnectionInfo>
}

/** Delegates; holds no algorithm. */
export class ResourcePool<R> extends ObservedEmitter<PoolEvents<R>> implements Pool<R> {
  readonly #core: PoolCore<R>
  readonly #moments: Moments<R>

  /** `make` is given the pool as the emitter of its events. */
  constructor(make: (emitter: EventEmitter<PoolEvents<R>>) => PoolCore<R>) {
    super()
    this.#core = make(this)
    this.#moments = this.#core.moments
  }

  get name(): string {
    return this.#core.name
  }

  /** For groups, which carry one deadline over several pools. */
  get [acquireTimeout](): number {
    return this.#core.terms.patience
  }

  acquire(options?: AcquireOptions): Promise<Lease<R>> {
    return acquire(this.#core, options)
  }

  tryAcquire(options?: TryAcquireOptions): Lease<R> | undefined {
    return tryAcquire(this.#core, options)
  }

  use<T>(fn: (resource: R, lease: Lease<R>) => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    return use(this.#core, fn, options)
  }

  warm(count?: number): Promise<void> {
    return warmPool(this.#core, count)
  }

  resize(size: { min?: number; max?: number }): void {
    resizePool(this.#core, size)
  }

  flush(options?: FlushOptions): void {
    flushPool(this.#core, options)
  }

  pause(options?: PauseOptions): void {
    pausePool(this.#core, options)
  }

  resume(): void {
    resumePool(this.#core)
  }

  close(options?: CloseOptions): Promise<void> {
    return closePool(this.#core, options)
  }

  destroy(error?: Error): Promise<void> {
    return destroyPool(this.#core, error)
  }

  stats(): PoolStats {
    return readStats(this.#core)
  }

  connections(): Iterable<ConnectionInfo> {
    const now = this.#core.now()
    return Array.from(this.#core.connections, (connection) => connection.snapshot(now))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  protected override listenersChanged(): void {
    this.#moments.recount()
  }
}
