import type { PoolClusterOptions } from 'mysql2'
import { MillpondCallbackPool } from './mysql2/callback-pool.js'
import type { PoolCluster } from './mysql2/cluster-types.js'
import type { PoolOptions } from './mysql2/mysql2-options.js'
import { MillpondPoolCluster } from './mysql2/pool-cluster.js'
import type { Pool } from './mysql2/pool-types.js'
import { PromisePoolCluster } from './mysql2/promise-pool-cluster.js'

// Everything else of mysql2 as it is, so that this module takes its place.
export * from 'mysql2/promise'
export type { PoolCluster } from './mysql2/cluster-types.js'
export { Charsets, CharsetToEncoding, TypedParameter, Types } from './mysql2/constants.js'
export { MysqlQueryAbortedError } from './mysql2/mysql2-errors.js'
export type {
  BoundedQueryOptions,
  EndOptions,
  GetConnectionOptions,
  PoolOptions,
  ResetMode,
} from './mysql2/mysql2-options.js'
export type { BorrowedConnection, CallbackPool, Pool } from './mysql2/pool-types.js'

/**
 * A drop-in for `createPool` of `mysql2/promise`, with millpond's pool underneath.
 *
 * Options and defaults, methods, events and errors are mysql2's; the README says where it goes beyond, and what was
 * decided where the two differ. `options.pool` passes options to the core, `options.reset` says what is undone between
 * two borrowers. Throws `InvalidOptionError` for what the core refuses.
 *
 * ```ts
 * const pool = createPool({ uri: 'mysql://user:secret@127.0.0.1/shop', connectionLimit: 20 })
 * const [rows] = await pool.query('select ? as n', [1])
 * await pool.end()
 * ```
 */
export function createPool(options: PoolOptions | string): Pool {
  const promiseImpl = typeof options === 'string' ? undefined : options.Promise
  return new MillpondCallbackPool(options).promise(promiseImpl) as unknown as Pool
}

/** A drop-in for `createPoolCluster` of `mysql2/promise`: its own, over pools of ours. */
export function createPoolCluster(options?: PoolClusterOptions): PoolCluster {
  const { Promise: promiseImpl } = (options ?? {}) as { Promise?: PromiseConstructor }
  return new PromisePoolCluster(new MillpondPoolCluster(options), promiseImpl) as unknown as PoolCluster
}
