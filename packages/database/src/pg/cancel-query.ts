import type pg from 'pg'
import { internalsOf, type WireConnection } from './client-internals.js'

/**
 * Asks the server to cancel what `target` is running, by a CancelRequest on a connection of its own (PostgreSQL, Message
 * Flow, "Canceling Requests in Progress"): it needs no login, and no place below `max_connections`. Resolves when the
 * server has closed that connection: the request has been acted upon, and cannot hit what the client is asked next.
 * What goes wrong is nobody's to know: the caller has a time limit anyway.
 */
export function cancelQuery(target: pg.PoolClient, newClient: () => pg.PoolClient): Cancellation {
  // Its own, of several hosts.
  const { processID, secretKey, native, host = 'localhost', port = 5432 } = internalsOf(target)
  if (native?.cancel !== undefined) return { ...nothing, done: new Promise((resolve) => native.cancel?.(resolve)) }
  const messenger = internalsOf(newClient())
  const { connection } = messenger
  if (connection === undefined || processID == null || secretKey == null) return nothing
  const done = new Promise<void>((resolve) => {
    connection.once('end', resolve)
    connection.on('error', () => connection.stream.destroy())
  })
  const cancel = () => connection.cancel(processID, secretKey)
  if (messenger.ssl) {
    if (messenger.sslNegotiation !== 'direct') connection.on('connect', () => connection.requestSsl())
    connection.on('sslconnect', cancel)
  } else {
    connection.on('connect', cancel)
  }
  dial(connection, host, port)
  return { done, abandon: () => void connection.stream.destroy(), unref: () => connection.unref() }
}

export interface Cancellation {
  readonly done: Promise<void>
  /** Ends the attempt. */
  abandon(): void
  /** It does not hold the process. */
  unref(): void
}

const nothing: Cancellation = { done: Promise.resolve(), abandon() {}, unref() {} }

/** The same within `patience` ms, and without holding the process. */
export function cancelWithin(patience: number, target: pg.PoolClient, newClient: () => pg.PoolClient): Promise<void> {
  const { done, abandon, unref } = cancelQuery(target, newClient)
  const timer = setTimeout(abandon, patience)
  timer.unref()
  unref()
  return done.then(() => clearTimeout(timer))
}

function dial(connection: WireConnection, host: string, port: number): void {
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`)
  else connection.connect(port, host)
}
