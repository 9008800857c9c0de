import { PoolError } from './pool-error.js'

/** The lease was used after it had been released, retired, destroyed or detached. */
export class LeaseReleasedError extends PoolError {
  override readonly name = 'LeaseReleasedError'
  readonly code = 'ERR_POOL_LEASE_RELEASED' as const

  constructor(pool: string, connectionId: number, doing: string) {
    super(
      `A lease on connection ${connectionId} of pool "${pool}" was used (${doing}) after it had ended. Somebody else may have the connection now; keep no reference past release().`,
      pool,
    )
  }
}
