import type { RowDataPacket } from 'mysql2'
import type { PooledConnection } from './pooled-connection.js'

/** KILL ends the session, KILL QUERY only what it is running. */
export type KillMode = 'QUERY' | 'CONNECTION'

/** A session, as its client knows it. */
export interface Target {
  readonly threadId: number
  /** The client's own; undefined with a Unix socket. */
  readonly localPort: number | undefined
}

/** A session, as the server knows it. */
interface Session extends RowDataPacket {
  readonly id: number
  /** `address:port` of the client. */
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
  target: Target,
  done: (isDone: boolean) => void,
): void {
  messenger.query<Session[]>(sessions, [messenger.threadId, target.threadId], (error, found) => {
    if (error) done(false)
    else if (!isSame(messenger, target, found)) done(true)
    else
      messenger.query(`KILL ${mode} ${target.threadId}`, (failure) => done(!failure || failure.sqlState !== undefined))
  })
}

function isSame(messenger: PooledConnection, target: Target, found: readonly Session[]): boolean {
  const portOf = (threadId: number) =>
    found
      .find(({ id }) => id === threadId)
      ?.host.split(':')
      .at(-1)
  const theirs = portOf(target.threadId)
  if (theirs === undefined) return false
  const areTrue = portOf(messenger.threadId) === String(messenger.stream.localPort)
  return !areTrue || theirs === String(target.localPort)
}
