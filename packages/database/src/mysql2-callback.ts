import type { PoolClusterOptions } from 'mysql2'
import { MillpondCallbackPool } from './mysql2/callback-pool.js'
import type { CallbackPoolCluster } from './mysql2/cluster-types.js'
import type { PoolOptions } from './mysql2/mysql2-options.js'
import { MillpondPoolCluster } from './mysql2/pool-cluster.js'
import type { CallbackPool } from './mysql2/pool-types.js'

// Everything else of mysql2 as it is, so that this module takes its place.
export * from 'mysql2'
export { createConnection as createConnectionPromise } from 'mysql2/promise'
export type { CallbackPoolCluster as PoolCluster } from './mysql2/cluster-types.js'
export { Charsets, CharsetToEncoding, TypedParameter, Types } from './mysql2/constants.js'
export { MysqlQueryAbortedError } from './mysql2/mysql2-errors.js'
export type {
  BoundedQueryOptions,
  EndOptions,
  GetConnectionOptions,
  PoolOptions,
  ResetMode,
} from './mysql2/mysql2-options.js'
export type { BorrowedCallbackConnection as BorrowedConnection, CallbackPool as Pool } from './mysql2/pool-types.js'
export {
  createPool as createPoolPromise,
  createPoolCluster as createPoolClusterPromise,
} from './mysql2.js'

/**
 * A drop-in for `createPool` of `mysql2`, with millpond's pool underneath: options and defaults, methods, events and
 * errors are mysql2's, and the README says where it goes beyond. Throws `InvalidOptionError` for what the core refuses.
 */
export function createPool(options: PoolOptions | string): CallbackPool {
  return new MillpondCallbackPool(options) as unknown as CallbackPool
}

/** A drop-in for `createPoolCluster` of `mysql2`: its own, over pools of ours. */
export function createPoolCluster(options?: PoolClusterOptions): CallbackPoolCluster {
  return new MillpondPoolCluster(options) as unknown as CallbackPoolCluster
}
