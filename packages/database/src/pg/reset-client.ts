import type pg from 'pg'
import { internalsOf, isBusy, isInTransaction } from './client-internals.js'
import type { ResetMode } from './pg-options.js'

/** What the adapter does between two borrowers. `'auto'` has nothing to do for most, so the pool looks itself. */
export function resetFor(mode: ResetMode): ((client: pg.PoolClient) => Promise<void>) | undefined {
  if (mode === 'discard-all') return discardAll
  if (typeof mode !== 'function') return undefined
  return async (client) => {
    if (!isClean(client)) await rollBack(client)
    await mode(client)
  }
}

/** Nothing running, no transaction open. */
export function isClean(client: pg.PoolClient): boolean {
  return !isBusy(client) && !isInTransaction(client)
}

/** Rejects when it is inside a transaction even then: it must not be lent again. */
export async function rollBack(client: pg.PoolClient): Promise<void> {
  if (isBusy(client)) await drained(client)
  if (isClean(client)) return
  await client.query('ROLLBACK')
  if (!isClean(client)) throw new Error('the client was released inside a transaction and could not be rolled back')
}

async function discardAll(client: pg.PoolClient): Promise<void> {
  if (!isClean(client)) await rollBack(client)
  await client.query('DISCARD ALL')
  const { connection } = internalsOf(client)
  // It would take its prepared statements for still there.
  if (connection !== undefined) connection.parsedStatements = {}
}

/** Everything that it was asked has been answered. Rejects when it ends before. */
function drained(client: pg.PoolClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (answer: () => void) => {
      client.off('drain', onDrain)
      client.off('end', onEnd)
      answer()
    }
    const onDrain = () => settle(resolve)
    const onEnd = () => settle(() => reject(new Error('the client ended with a query still running')))
    client.on('drain', onDrain)
    client.on('end', onEnd)
  })
}
