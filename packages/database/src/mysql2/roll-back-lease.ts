import type { Lease } from '@millpond/core'
import { releaseWhenClean } from '../release-when-clean.js'
import type { PooledConnection } from './pooled-connection.js'
import { rollBack } from './reset-connection.js'

/** Gives a connection back that may be inside a transaction or has queries running: rolled back, or not to be lent
 * again. `ended` is called then. */
export function rollBackLease(
  lease: Lease<PooledConnection>,
  connection: PooledConnection,
  timeout: number,
  ended: () => void,
): void {
  // Its borrower has paused it, and nobody else would resume it.
  if (!connection.isBusy) connection.resume()
  releaseWhenClean(lease, timeout, (done) => rollBack(connection, done), ended)
}
