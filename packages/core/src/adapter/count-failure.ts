import type { Connection } from '../connection/connection.js'
import { backoffDelay } from '../policies/backoff.js'
import type { PoolCore } from '../pool/pool-core.js'

/** One more failure in a row, and the wait before the next open. Opens that failed together count once. */
export function countFailure<R>(core: PoolCore<R>, connection: Connection<R>): void {
  const now = core.now()
  if (connection.failuresBefore < core.failures) return
  core.failures++
  core.retryAt = now + backoffDelay(core.options.connect.backoff, core.failures, core.options.random)
}
