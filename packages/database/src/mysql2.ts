import { MillpondCallbackPool } from './mysql2/callback-pool.js'
import type { PoolOptions } from './mysql2/mysql2-options.js'
import type { Pool } from './mysql2/pool-types.js'

// Everything else of mysql2 as it is, so that this module takes its place.
export * from 'mysql2/promise'
export { MysqlQueryAbortedError } from './mysql2/mysql2-errors.js'
export type {
  BoundedQueryOptions,
  EndOptions,
  GetConnectionOptions,
  PoolOptions,
  ResetMode,
} from './mysql2/mysql2-options.js'
export type { CallbackPool, Pool } from './mysql2/pool-types.js'

export function createPool(options: PoolOptions | string): Pool {
  const promiseImpl = typeof options === 'string' ? undefined : options.Promise
  return new MillpondCallbackPool(options).promise(promiseImpl) as unknown as Pool
}
