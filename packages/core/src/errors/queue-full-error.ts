import { PoolError } from './pool-error.js'

/** `acquire.maxWaiting` acquires are waiting already. */
export class QueueFullError extends PoolError {
  override readonly name = 'QueueFullError'
  readonly code = 'ERR_POOL_QUEUE_FULL' as const
  readonly waiting: number

  constructor(pool: string, waiting: number) {
    super(
      `Pool "${pool}" refused an acquire: ${waiting} are waiting already, as many as acquire.maxWaiting allows. Raise it, raise size.max, or send less.`,
      pool,
    )
    this.waiting = waiting
  }
}
