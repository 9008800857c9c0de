import type { Lease } from '@millpond/core'
import type pg from 'pg'
import { rollBack } from './reset-client.js'

/** Gives a client back that is inside a transaction or has queries running: rolled back, or not to be lent again.
 * `ended` is called then. */
export function rollBackLease(
  lease: Lease<pg.PoolClient>,
  client: pg.PoolClient,
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
  rollBack(client).then(
    () => end('release'),
    () => end('retire'),
  )
}
