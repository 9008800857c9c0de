import { type Adapter, defineAdapter, type WatchSignals } from '@millpond/core'
import type { ConnectionConfig } from './mysql2-internals.js'
import type { ResetMode } from './mysql2-options.js'
import { openConnection } from './open-connection.js'
import type { PooledConnection } from './pooled-connection.js'
import { resetFor } from './reset-connection.js'

/** The pool's side of an adapter for its connections. */
export interface AdapterHost {
  readonly reset: ResetMode
  /** Who they belong to. */
  readonly login: ConnectionConfig
  newConnection(): PooledConnection
  connected(connection: PooledConnection): void
  /** Has its session ended on the server; resolves when that is done, or has been given up. */
  kill(connection: PooledConnection): Promise<unknown>
}

/** An adapter for connections of mysql2. */
export function mysql2Adapter(host: AdapterHost): Adapter<PooledConnection> {
  const reset = resetFor(host.reset, host.login)
  return defineAdapter<PooledConnection>({
    name: 'mysql2',
    open: ({ signal }) => openConnection(() => host.newConnection(), signal),
    close: (connection, { signal }) => orAborted((done) => close(connection, done), signal),
    destroy(connection) {
      // A session that nobody reads from any more would run its query to the end.
      if (connection.isBusy && connection.isQueryable) void host.kill(connection)
      connection.endNow()
    },
    // The pool cleans what comes back to it; leases of `pool.inner` come back without it.
    isUsable:
      host.reset === 'auto'
        ? (connection) => connection.isQueryable && !connection.isInTransaction
        : (connection) => connection.isQueryable,
    isFatal: (_, connection) => !connection.isQueryable,
    check: (connection, { signal }) => orAborted((done) => connection.ping(done), signal),
    watch: (connection, signals) => watch(host, connection, signals),
    ...(reset && {
      reset: (connection, { signal }) => orAborted((done) => reset(connection).then(() => done(), done), signal),
    }),
  })
}

type Done = (error?: Error | null) => void

/** Says goodbye, and waits for the server to hang up. */
function close(connection: PooledConnection, done: Done): void {
  if (connection.stream.destroyed) {
    done()
    return
  }
  connection.stream.once('close', () => done())
  if (connection.isQueryable) connection._realEnd()
}

function orAborted(ask: (done: Done) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    ask((error) => {
      signal.removeEventListener('abort', giveUp)
      if (error) reject(error)
      else resolve()
    })
  })
}

function watch(host: AdapterHost, connection: PooledConnection, { lost }: WatchSignals): () => void {
  let isLost = false
  const lose = (error?: Error) => {
    if (isLost) return
    isLost = true
    lost(error ?? new Error('the server has closed the connection'))
    connection.errand?.lost(connection)
  }
  const onEnd = () => lose()
  connection.on('error', lose)
  connection.on('end', onEnd)
  host.connected(connection)
  return () => {
    connection.off('error', lose)
    connection.off('end', onEnd)
  }
}
