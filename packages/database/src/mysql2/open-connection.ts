import type { PooledConnection } from './pooled-connection.js'
import { AUTOCOMMIT } from './server-status.js'

/** Connects a new connection. Aborted, it ends the connection and rejects with the signal's reason. */
export function openConnection(newConnection: () => PooledConnection, signal: AbortSignal): Promise<PooledConnection> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const connection = newConnection()
    const giveUp = () => {
      connection.endNow()
      reject(signal.reason)
    }
    signal.addEventListener('abort', giveUp, { once: true })
    connection.connect((error) => {
      signal.removeEventListener('abort', giveUp)
      if (signal.aborted) return
      if (error) {
        connection.endNow()
        reject(error)
        return
      }
      connection.isConnected = true
      connection.home = connection.status & AUTOCOMMIT
      // The answer to a login tells of the database as if it had just been chosen.
      connection.isChanged = false
      resolve(connection)
    })
  })
}
