export { type HostFailure, PgNoHostError, PgQueryAbortedError, PgQueryTimeoutError } from './pg/pg-errors.js'
export type {
  BoundedQueryConfig,
  ConnectOptions,
  EndOptions,
  HostAddress,
  PoolConfig,
  ResetMode,
  TargetSessionAttrs,
} from './pg/pg-options.js'
export { Pool } from './pg/pool.js'
