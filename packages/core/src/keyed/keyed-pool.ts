import type { EventEmitter } from 'eventemitter3'
import type { AcquireOptions, TryAcquireOptions } from '../acquire/acquire-options.js'
import type { Lease } from '../acquire/lease.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import type { CloseOptions } from '../pool/close.js'
import type { FlushOptions } from '../pool/flush.js'
import type { Pool } from '../pool/pool.js'
import type { PoolEvents } from '../pool/pool-events.js'
import type { PoolStats } from '../pool/pool-stats.js'

/** The sums over all keys, those forgotten included; `max` is the total limit. */
export interface KeyedPoolStats extends PoolStats {
  /** Keys that have connections, leases or waiters, or are kept by somebody. */
  readonly keys: number
}

/** A pool for each key, made when it is first asked for and forgotten when nothing of it is left; limits and fairness
 * span them. Its events are those of its pools, with the `key`. */
export interface KeyedPool<T, R> extends EventEmitter<PoolEvents<R>>, AsyncDisposable {
  readonly name: string
  /** As a pool's, of the target's key. */
  acquire(target: T, options?: AcquireOptions): Promise<Lease<R>>
  /** Lends an idle connection of the target's key now, or returns undefined; never overtakes a waiter. */
  tryAcquire(target: T, options?: TryAcquireOptions): Lease<R> | undefined
  use<V>(target: T, fn: (resource: R, lease: Lease<R>) => V | Promise<V>, options?: AcquireOptions): Promise<V>
  /** The pool of the target's key, as a pool of its own. The key is kept while this is referenced. Closing it closes
   * that pool; the next acquire of the key begins another. */
  for(target: T): Pool<R>
  /** Begins a new generation of one key, or of all. */
  flush(target?: T, options?: FlushOptions): void
  /** As a pool's, for all keys. */
  close(options?: CloseOptions): Promise<void>
  destroy(error?: Error): Promise<void>
  stats(): KeyedPoolStats
  /** Snapshots of all connections of all keys, with their `key`. */
  connections(): Iterable<ConnectionInfo>
}
