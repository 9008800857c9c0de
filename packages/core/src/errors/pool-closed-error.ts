import { PoolError } from './pool-error.js'

/** The pool is closing or closed. Its `cause` is the error given to `destroy(error)`, if any. */
export class PoolClosedError extends PoolError {
  override readonly name = 'PoolClosedError'
  readonly code = 'ERR_POOL_CLOSED' as const

  constructor(pool: string, cause?: unknown) {
    super(
      `Pool "${pool}" is closed: it grants no more connections. Acquire before calling close(), or make a new pool.`,
      pool,
      cause === undefined ? undefined : { cause },
    )
  }
}
