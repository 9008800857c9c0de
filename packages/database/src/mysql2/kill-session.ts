import type { RowDataPacket } from 'mysql2'
import type { PooledConnection } from './pooled-connection.js'

/** KILL ends the session, KILL QUERY only what it is running. */
export type KillMode = 'QUERY' | 'CONNECTION'

interface Session extends RowDataPacket {
  readonly id: number
  /** `address:port` of the client, as the server sees it. */
  readonly host: string
}

const sessions = 'SELECT id, host FROM information_schema.processlist WHERE id IN (?, ?)'

/**
 * Has the server stop, on `messenger`, what `target` is running. Thread ids begin anew when a server restarts, and behind
 * a load balancer another server may have been reached: a session of that number whose client has another port than
 * `target` is left alone. Where ports are translated on the way, which `messenger` sees by its own, they say nothing.
 */
export function killSession(
  messenger: PooledConnection,
  mode: KillMode,
  target: PooledConnection,
  done: (isDone: boolean) => void,
): void {
  messenger.query<Session[]>(sessions, [messenger.threadId, target.threadId], (error, found) => {
    if (error) done(false)
    else if (!isSame(messenger, target, found)) done(true)
    else
      messenger.query(`KILL ${mode} ${target.threadId}`, (failure) => done(!failure || failure.sqlState !== undefined))
  })
}

function isSame(messenger: PooledConnection, target: PooledConnection, found: readonly Session[]): boolean {
  const portOf = ({ threadId }: PooledConnection) =>
    found
      .find(({ id }) => id === threadId)
      ?.host.split(':')
      .at(-1)
  const theirs = portOf(target)
  if (theirs === undefined) return false
  const areTrue = portOf(messenger) === String(messenger.stream.localPort)
  return !areTrue || theirs === String(target.stream.localPort)
}
