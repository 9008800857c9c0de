import { PoolError } from './pool-error.js'

/** A lease was to be detached whose connection has other leases as well. */
export class ConnectionSharedError extends PoolError {
  override readonly name = 'ConnectionSharedError'
  readonly code = 'ERR_POOL_CONNECTION_SHARED' as const
  readonly connectionId: number
  /** Its leases, this one included. */
  readonly leases: number

  constructor(pool: string, connectionId: number, leases: number) {
    super(
      `Connection ${connectionId} of pool "${pool}" cannot be detached: it has ${leases} leases. Detach it when this one is the last, or retire() it so that no more are given.`,
      pool,
    )
    this.connectionId = connectionId
    this.leases = leases
  }
}
