import { PoolError } from './pool-error.js'

/** The pool is paused in a way that refuses acquires: `start: 'paused'` or `pause({ waiters: 'reject' })`. */
export class PoolPausedError extends PoolError {
  override readonly name = 'PoolPausedError'
  readonly code = 'ERR_POOL_PAUSED' as const

  constructor(pool: string) {
    super(`Pool "${pool}" is paused and refuses acquires until resume() is called.`, pool)
  }
}
