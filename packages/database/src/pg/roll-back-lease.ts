import type { Lease } from '@millpond/core'
import type pg from 'pg'
import { releaseWhenClean } from '../release-when-clean.js'
import { rollBack } from './reset-client.js'

/** Gives a client back that is inside a transaction or has queries running: rolled back, or not to be lent again.
 * `ended` is called then. */
export function rollBackLease(
  lease: Lease<pg.PoolClient>,
  client: pg.PoolClient,
  timeout: number,
  ended: () => void,
): void {
  const scrub = (done: (error?: unknown) => void) => void rollBack(client).then(() => done(), done)
  releaseWhenClean(lease, timeout, scrub, ended)
}
