import { type AcquireOptions, type PoolOptions as CoreOptions, InvalidOptionError } from '@millpond/core'
import type mysql from 'mysql2'
import type { PoolConnection } from 'mysql2/promise'
import type { ConnectionConfig, PoolConfig } from './mysql2-internals.js'
import type { PooledConnection } from './pooled-connection.js'
import { trimIdle } from './trim-idle.js'

/**
 * What is undone on a connection between two borrowers.
 *
 * - `'auto'`: a transaction is rolled back and a changed autocommit set back, and what still runs is waited for. One
 *   that has changed its user is closed. Costs no round trip unless it is needed, or the last answer was an error,
 *   which does not say whether a transaction is open.
 * - `'reset-connection'`: `COM_RESET_CONNECTION` after every lease, which also ends prepared statements, temporary
 *   tables, settings, user variables and locks. Where the database was changed, `COM_CHANGE_USER`.
 * - a function: cleaned as by `'auto'`, then given to it; what it rejects with closes the connection.
 * - `false`: nothing, as mysql2.
 */
export type ResetMode = 'auto' | 'reset-connection' | ((connection: PoolConnection) => unknown) | false

/** What one `getConnection` may ask for: `{ signal, timeout, priority, client, fresh }`, as `acquire` of the core. */
export type GetConnectionOptions = AcquireOptions

/** A query that is killed on the server when nobody wants its answer any more. */
export interface BoundedQueryOptions extends mysql.QueryOptions {
  /** Rejects with `MysqlQueryAbortedError`, or while it waits for a connection with `AcquireAbortedError`. */
  readonly signal?: AbortSignal | undefined
}

export interface EndOptions {
  /** ms until connections that are still borrowed are taken away and destroyed. Default: they are ended as soon as they
   * have answered what they were asked, as mysql2 does. */
  readonly timeout?: number
}

/** mysql2's options of a pool and of its connections, and what is beyond them. */
export interface PoolOptions extends Omit<mysql.PoolOptions, 'pool'> {
  /** Options of the core's pool, group by group, over what mysql2's options say. Default: none. */
  readonly pool?: CoreOptions<PooledConnection>
  /** Default `'auto'`, or with mysql2's `resetOnRelease` `'reset-connection'`. */
  readonly reset?: ResetMode
}

/** What is not mysql2's. */
export interface OwnOptions {
  readonly pool: CoreOptions<PooledConnection>
  readonly reset: ResetMode | undefined
}

const off = Number.POSITIVE_INFINITY

/** Throws `InvalidOptionError` for a `reset` that is none. */
export function splitOptions(options: PoolOptions | string): { theirs: object | string; own: OwnOptions } {
  if (typeof options === 'string') return { theirs: options, own: { pool: {}, reset: undefined } }
  const { pool = {}, reset, ...theirs } = options
  if (![undefined, 'auto', 'reset-connection', false].includes(reset as string) && typeof reset !== 'function') {
    throw new InvalidOptionError('reset', reset, "'auto', 'reset-connection', a function or false")
  }
  return { theirs, own: { pool, reset } }
}

/** mysql2's options in the core's words. `idle` counts the connections that nobody has. */
export function coreOptions(
  config: PoolConfig,
  { pool }: OwnOptions,
  idle: () => number,
): CoreOptions<PooledConnection> {
  const { connectionLimit, maxIdle, idleTimeout } = config
  const { connectTimeout } = config.connectionConfig
  const policies = maxIdle < connectionLimit ? [trimIdle(maxIdle, idle)] : []
  return {
    ...pool,
    name: pool.name ?? 'mysql2',
    size: { max: connectionLimit || off, ...pool.size },
    acquire: { timeout: off, ...pool.acquire },
    connect: {
      // mysql2's own timer is to be the first.
      timeout: connectTimeout > 0 ? connectTimeout + 100 : off,
      // As mysql2: one for each that finds none idle. Elastic growth saves connections where bursts are short.
      growth: 'eager',
      ...pool.connect,
      backoff: { maxDelay: 1_000, ...pool.connect?.backoff },
    },
    idle: { timeout: Math.max(1, idleTimeout), ...pool.idle },
    // As mysql2: nobody waits for a ping.
    health: { onAcquire: false, ...pool.health },
    policies: [...policies, ...(pool.policies ?? [])],
  }
}

const secrets = ['password', 'password1', 'password2', 'password3', 'passwordSha1', 'ssl', 'authPlugins'] as const

/** Keeps secrets out of what is printed of a pool and its connections; they can be read as before. */
export function hideSecrets(config: ConnectionConfig): void {
  for (const name of secrets) {
    const value = (config as unknown as Record<string, unknown>)[name]
    if (value === undefined) continue
    Object.defineProperty(config, name, { configurable: true, enumerable: false, writable: true, value })
  }
}

/** One connection's own: `changeUser` writes into it. */
export function copyConfig(config: ConnectionConfig): ConnectionConfig {
  return Object.create(Object.getPrototypeOf(config), Object.getOwnPropertyDescriptors(config))
}
