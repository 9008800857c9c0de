/** Marks an error as a pool's across copies of this package. */
export const brand = Symbol.for('millpond.PoolError')

/** The stable codes of everything a pool throws or rejects with. */
export type PoolErrorCode =
  | 'ERR_POOL_ACQUIRE_TIMEOUT'
  | 'ERR_POOL_ACQUIRE_ABORTED'
  | 'ERR_POOL_QUEUE_FULL'
  | 'ERR_POOL_OVERLOADED'
  | 'ERR_POOL_CIRCUIT_OPEN'
  | 'ERR_POOL_NESTED_ACQUIRE'
  | 'ERR_POOL_CONNECT'
  | 'ERR_POOL_CLOSED'
  | 'ERR_POOL_PAUSED'
  | 'ERR_POOL_LEASE_RELEASED'
  | 'ERR_POOL_CONNECTION_SHARED'
  | 'ERR_POOL_INVALID_OPTION'

/** What every error of a pool is. Tell them apart by `code`, and across copies of this package by `isPoolError`. */
export abstract class PoolError extends Error {
  abstract readonly code: PoolErrorCode
  /** The pool's `name`; undefined where no pool was made. */
  readonly pool: string | undefined

  constructor(message: string, pool: string | undefined, options?: ErrorOptions) {
    super(message, options)
    this.pool = pool
  }

  get [brand](): true {
    return true
  }
}
