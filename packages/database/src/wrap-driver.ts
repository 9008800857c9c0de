import { EventEmitter } from 'node:events'
import { type Adapter, defineAdapter, InvalidOptionError, type OpenContext } from '@millpond/core'
import { askDriver, callDriver } from './call-driver.js'

/** A Node callback: the error first, then the value. The first call counts. */
export type Done<T = unknown> = (error?: unknown, value?: T) => void

/** Says that a connection is gone. Said twice or too late it does nothing. */
export type Lost = (error?: Error) => void

/**
 * How a driver's connections are opened, used and ended. Every function but `isUsable` and `onLost` may return a
 * promise, or a plain value, or take one parameter more and call it back: it counts the parameters that the function
 * declares, so write them out (`(client, done) => …`), without default values and rest parameters.
 */
export interface Driver<C> {
  /** The kind of connection, "mysql" or "ldap": in errors, events and metrics. */
  readonly name: string
  /** Opens one connection. `context.signal` aborts when the pool gives it up, `context.timeout` says after how many ms
   * (`connect.timeout`, or `Infinity`); a driver that takes neither may ignore them: a connection that comes too late is
   * closed. */
  // biome-ignore lint/suspicious/noConfusingVoidType: who calls back returns whatever its last call does.
  readonly connect: (context: OpenContext, done: Done<C>) => Promise<C> | C | void
  /** Ends it gracefully. */
  readonly close: (connection: C, done: Done) => unknown
  /** Ends it at once, without asking the server: when it is lost, or `close` took longer than `close.timeout`. Default:
   * `close`, which is not waited for. */
  readonly destroy?: (connection: C) => void
  /** A round trip; fails when the connection is dead. The options of the group `health` say when. (HikariCP
   * `connectionTestQuery`, JDBC `isValid`) */
  readonly ping?: (connection: C, done: Done) => unknown
  /** Undoes what a borrower may have left behind: an open transaction, a changed setting. The connection is closed when
   * it fails. (PgBouncer `server_reset_query`) */
  readonly reset?: (connection: C, done: Done) => unknown
  /** Does the driver itself know it to be dead? Synchronous and cheap: asked before every lease. */
  readonly isUsable?: (connection: C) => boolean
  /** Calls `lost` when the driver notices the end of the connection. Returns how to stop listening. */
  readonly onLost?: (connection: C, lost: Lost) => () => unknown
  /** Does this error of a `pool.use` callback mean that the connection is finished? Default: no error does, and
   * `isUsable` and `onLost` decide. */
  readonly isFatal?: (error: unknown, connection: C) => boolean
}

const functions = ['connect', 'close', 'destroy', 'ping', 'reset', 'isUsable', 'onLost', 'isFatal'] as const
const known: readonly string[] = ['name', ...functions]

/**
 * The shortest way from a driver to an adapter, whether it knows promises, callbacks or both.
 *
 * Throws `InvalidOptionError` when something is missing, unknown or of the wrong type. A call that the pool gives up
 * rejects at once with the signal's reason; a connection that its driver brings all the same is ended. A connection that is an event emitter gets a
 * listener for `error` for life: an error after its end is nobody's, and would end the process.
 *
 * ```ts
 * const pool = createPool(wrapDriver({
 *   name: 'mysql',
 *   connect: () => mysql.createConnection(options),
 *   close: (connection) => connection.end(),
 *   ping: (connection) => connection.ping(),
 * }))
 * const rows = await pool.use((connection) => connection.query('select 1'))
 * ```
 */
export function wrapDriver<C>(driver: Driver<C>): Adapter<C> {
  checkDriver(driver)
  const { name, destroy, ping, reset, isUsable, onLost, isFatal } = driver
  return defineAdapter<C>({
    name,
    open: (context) => open(driver, context),
    close: (connection, { signal }) => askDriver(driver, 'close', connection, signal),
    ...(destroy && { destroy: (connection) => destroy.call(driver, connection) }),
    ...(ping && { check: (connection, { signal }) => askDriver(driver, 'ping', connection, signal) }),
    ...(reset && { reset: (connection, { signal }) => askDriver(driver, 'reset', connection, signal) }),
    ...(isUsable && { isUsable: (connection) => isUsable.call(driver, connection) }),
    ...(isFatal && { isFatal: (error, connection) => isFatal.call(driver, error, connection) }),
    ...(onLost && { watch: (connection, { lost }) => watch(driver, connection, lost) }),
  })
}

function open<C>(driver: Driver<C>, context: OpenContext): Promise<C> {
  const { signal } = context
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const giveUp = () => reject(signal.reason)
    signal.addEventListener('abort', giveUp, { once: true })
    callDriver<C>(driver, 'connect', [context], (error, connection) => {
      signal.removeEventListener('abort', giveUp)
      if (error !== undefined) return reject(error)
      outliveErrors(connection)
      if (signal.aborted) endUnwanted(driver, connection as C)
      else resolve(connection as C)
    })
  })
}

/** Nobody is left who could be told that it fails. */
function endUnwanted<C>(driver: Driver<C>, connection: C): void {
  callDriver(driver, driver.destroy === undefined ? 'close' : 'destroy', [connection], () => {})
}

function outliveErrors(connection: unknown): void {
  if (connection instanceof EventEmitter) connection.on('error', () => {})
}

function watch<C>(driver: Driver<C>, connection: C, lost: Lost): () => void {
  let isLost = false
  const once: Lost = (error) => {
    if (isLost) return
    isLost = true
    lost(error)
  }
  const stop = driver.onLost?.(connection, once)
  if (typeof stop !== 'function') {
    throw new TypeError(`Driver "${driver.name}": onLost() must return a function that stops listening, not ${stop}`)
  }
  return () => void stop()
}

function checkDriver(driver: unknown): void {
  if (typeof driver !== 'object' || driver === null) throw new InvalidOptionError('driver', driver, 'an object')
  const given = driver as Record<string, unknown>
  for (const option of Object.keys(given)) {
    if (known.includes(option)) continue
    // Not its value, which may be a secret under a misspelt name.
    throw new InvalidOptionError(`driver.${option}`, '[given]', `no such option; known are ${known.join(', ')}`)
  }
  if (typeof given.name !== 'string' || given.name === '') {
    throw new InvalidOptionError('driver.name', given.name, 'a text that is not empty')
  }
  for (const option of functions) {
    const isNeeded = option === 'connect' || option === 'close'
    if (typeof given[option] === 'function' || (given[option] === undefined && !isNeeded)) continue
    throw new InvalidOptionError(`driver.${option}`, given[option], 'a function')
  }
}
