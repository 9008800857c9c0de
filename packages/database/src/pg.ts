export { PgQueryAbortedError, PgQueryTimeoutError } from './pg/pg-errors.js'
export type { BoundedQueryConfig, ConnectOptions, EndOptions, PoolConfig, ResetMode } from './pg/pg-options.js'
export { Pool } from './pg/pool.js'
