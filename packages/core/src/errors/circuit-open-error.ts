import { PoolError } from './pool-error.js'

/** Opens failed too often in a row: `connect.breaker` tries none for a while, and nothing open could have served the
 * acquire. Its `cause` is the last failure. */
export class CircuitOpenError extends PoolError {
  override readonly name = 'CircuitOpenError'
  readonly code = 'ERR_POOL_CIRCUIT_OPEN' as const
  /** ms until the next open is tried. */
  readonly retryIn: number
  /** Failed opens in a row. */
  readonly failures: number

  constructor(pool: string, retryIn: number, failures: number, cause: unknown) {
    super(
      `Pool "${pool}" opens nothing for ${Math.ceil(retryIn)} ms: ${failures} opens in a row have failed (see cause). Check that the server is up; connect.breaker says after how many failures, and for how long.`,
      pool,
      { cause },
    )
    this.retryIn = retryIn
    this.failures = failures
  }
}
