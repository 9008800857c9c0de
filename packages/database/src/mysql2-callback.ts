import { MillpondCallbackPool } from './mysql2/callback-pool.js'
import type { PoolOptions } from './mysql2/mysql2-options.js'
import type { CallbackPool } from './mysql2/pool-types.js'

// Everything else of mysql2 as it is, so that this module takes its place.
export * from 'mysql2'
export { MysqlQueryAbortedError } from './mysql2/mysql2-errors.js'
export type {
  BoundedQueryOptions,
  EndOptions,
  GetConnectionOptions,
  PoolOptions,
  ResetMode,
} from './mysql2/mysql2-options.js'
export type { CallbackPool, CallbackPool as Pool } from './mysql2/pool-types.js'

export function createPool(options: PoolOptions | string): CallbackPool {
  return new MillpondCallbackPool(options) as unknown as CallbackPool
}
