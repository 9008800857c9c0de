import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type pg from 'pg'

/** What pg's own pool and cursors use of a client's connection; a native client has none. */
export interface WireConnection extends EventEmitter {
  readonly stream: Duplex
  parsedStatements: Record<string, string>
  connect(port: number | string, host?: string): void
  requestSsl(): void
  unref(): void
  cancel(processId: number, secretKey: number): void
}

/** The fields of a client that pg-pool and pg-cursor rely on, though its types do not tell of them. Native clients, and
 * those of `options.Client`, may lack any of them. */
interface Internals {
  readonly connection?: WireConnection
  readonly processID?: number | null
  readonly secretKey?: number | null
  readonly host?: string
  readonly port?: number
  readonly ssl?: unknown
  readonly sslNegotiation?: string
  readonly readyForQuery?: boolean
  readonly _queryable?: boolean
  readonly _ending?: boolean
  readonly _queryQueue?: readonly unknown[]
  /** Its name in older versions of pg; newer ones warn whoever looks at it. */
  readonly queryQueue?: readonly unknown[]
  readonly native?: { cancel?(done: () => void): void }
  getTransactionStatus?(): string | null
  ref?(): void
  unref?(): void
}

/** The client with what its types leave out. */
export function internalsOf(client: pg.ClientBase): Internals {
  return client as unknown as Internals
}

/** Whether queries can be sent on it, as far as it knows itself. */
export function isQueryable(client: pg.ClientBase): boolean {
  const { _queryable, _ending } = client as unknown as Internals
  return _queryable !== false && _ending !== true
}

/** Whether what it was asked has not been answered completely: `ReadyForQuery` is still to come. */
export function isBusy(client: pg.ClientBase): boolean {
  const internals = client as unknown as Internals
  if (internals.readyForQuery === false) return true
  const queue = internals._queryQueue ?? internals.queryQueue
  return queue !== undefined && queue.length > 0
}

/** What clients said last that do not keep it: those of older versions of pg. */
const statuses = new WeakMap<pg.ClientBase, string>()

/** Listens for the status of a client that does not keep it itself. To be called once, when it has connected. */
export function trackTransaction(client: pg.ClientBase): void {
  const { connection, getTransactionStatus } = internalsOf(client)
  if (getTransactionStatus !== undefined) return
  // Before the client itself, which calls borrowers back.
  connection?.prependListener('readyForQuery', ({ status }: { status: string }) => statuses.set(client, status))
}

/** Whether it is inside a transaction, failed or not; false where that cannot be known. */
export function isInTransaction(client: pg.ClientBase): boolean {
  const internals = client as unknown as Internals
  const status = internals.getTransactionStatus?.() ?? statuses.get(client)
  return status === 'T' || status === 'E'
}
