import type { PoolConnection } from 'mysql2/promise'
import type { ConnectionConfig } from './mysql2-internals.js'
import type { ResetMode } from './mysql2-options.js'
import type { PooledConnection } from './pooled-connection.js'
import { AUTOCOMMIT } from './server-status.js'

type Done = (error?: Error | null) => void

/** What the adapter does between two borrowers. `'auto'` has nothing to do for most, so the pool looks itself. `login`
 * is who the pool's connections belong to. */
export function resetFor(
  mode: ResetMode,
  login: ConnectionConfig,
): ((connection: PooledConnection) => Promise<void>) | undefined {
  if (mode === 'reset-connection') {
    return (connection) =>
      new Promise((resolve, reject) => forget(connection, login, (error) => (error ? reject(error) : resolve())))
  }
  if (typeof mode !== 'function') return undefined
  return async (connection) => {
    await new Promise<void>((resolve, reject) => {
      if (connection.isAtRest) resolve()
      else rollBack(connection, (error) => (error ? reject(error) : resolve()))
    })
    await mode(connection.promise() as PoolConnection)
  }
}

/** Calls back with an error when it is not clean even then: it must not be lent again. Waits for what is running, as
 * everything does that a connection is asked. */
export function rollBack(connection: PooledConnection, done: Done): void {
  connection.query('ROLLBACK', (error) => {
    if (error || connection.isInTransaction) done(error ?? new Error('the connection could not be rolled back'))
    else if (connection.isClean) done()
    else restoreAutocommit(connection, done)
  })
}

function restoreAutocommit(connection: PooledConnection, done: Done): void {
  connection.query(`SET autocommit = ${connection.home === AUTOCOMMIT ? 1 : 0}`, (error) => {
    done(error ?? (connection.isClean ? undefined : new Error('autocommit could not be set back')))
  })
}

/** The server keeps the database that was chosen last; a new login does not. */
function forget(connection: PooledConnection, login: ConnectionConfig, done: Done): void {
  const settle: Done = (error) => {
    connection.isChanged = false
    connection.isForeign = false
    done(error)
  }
  if (connection.reset !== undefined && !connection.isChanged && !connection.isForeign) {
    connection.reset(settle)
    return
  }
  const { user, password, database } = login
  Object.assign(connection.config, { user, password, database })
  connection.changeUser({ user, password, database }, settle)
}
