import type { Lease } from '@millpond/core'
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
  let isOver = false
  const end = (how: 'release' | 'retire' | 'destroy') => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    lease[how]()
    ended()
  }
  const timer = setTimeout(end, Math.min(timeout, 2 ** 31 - 1), 'destroy')
  // Its borrower has paused it, and nobody else would resume it.
  if (!connection.isBusy) connection.resume()
  rollBack(connection, (error) => end(error ? 'retire' : 'release'))
}
