import { PoolError } from './pool-error.js'
import { redact } from './redact.js'

/** An open failed, and nothing else could have served the acquire. Its `cause` is what the adapter rejected with. */
export class ConnectError extends PoolError {
  override readonly name = 'ConnectError'
  readonly code = 'ERR_POOL_CONNECT' as const
  /** The adapter's `name`. */
  readonly adapter: string
  /** Consecutive failures up to and with this one. */
  readonly attempts: number

  constructor(pool: string, adapter: string, attempts: number, cause: unknown) {
    const why = cause instanceof Error ? cause.message || cause.name : String(cause)
    const times = attempts > 1 ? ` (${attempts} failures in a row)` : ''
    super(
      `Pool "${pool}" could not open a ${adapter} connection${times}: ${redact(why)}. Check the address, the credentials and that the server is up; connect.retry keeps acquires waiting through an outage.`,
      pool,
      { cause },
    )
    this.adapter = adapter
    this.attempts = attempts
  }
}
