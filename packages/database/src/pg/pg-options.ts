import { type AcquireOptions, InvalidOptionError, type PoolOptions } from '@millpond/core'
import type pg from 'pg'
import { keepMin } from './keep-min.js'

/**
 * What is undone on a client between two borrowers.
 *
 * - `'auto'`: nothing, unless it comes back inside a transaction, which is rolled back, or with queries still running,
 *   which are waited for. One that has LISTENed is closed. Costs no round trip.
 * - `'discard-all'`: `DISCARD ALL` after every lease, which ends prepared statements, temporary tables, settings,
 *   LISTENs and advisory locks. (PgBouncer `server_reset_query`)
 * - a function: rolled back as by `'auto'`, then given to it; what it rejects with closes the client. (pgxpool
 *   `AfterRelease`)
 * - `false`: nothing, as pg-pool.
 */
export type ResetMode = 'auto' | 'discard-all' | ((client: pg.PoolClient) => unknown) | false

/** What one `pool.connect` may ask for: `{ signal, timeout, priority, client, fresh }`, as `acquire` of the core. */
export type ConnectOptions = AcquireOptions

/** A query of `pool.query` that is given up, and cancelled on the server, when its time is over. */
export type BoundedQueryConfig = {
  /** Rejects with `PgQueryAbortedError`, or while it waits for a client with `AcquireAbortedError`. */
  readonly signal?: AbortSignal | undefined
  /** ms for the wait and the query together; rejects with `PgQueryTimeoutError`, or while it waits with pg-pool's
   * timeout error. Default: `connectionTimeoutMillis` for the wait, no limit for the query. */
  readonly timeout?: number | undefined
}

export interface EndOptions {
  /** ms until clients that are still borrowed are taken away and destroyed. Default `Infinity`, as pg-pool. */
  readonly timeout?: number
}

/**
 * What a new session must be to be taken (libpq `target_session_attrs`).
 *
 * - `'any'`: whatever it is.
 * - `'read-write'`: of a server that takes writes, with transactions that are not read-only by default; `'read-only'`:
 *   the contrary.
 * - `'primary'`, `'standby'`: of a server that is not, or is, in hot standby.
 * - `'prefer-standby'`: of a standby, or of any server where none of the hosts is one.
 */
export type TargetSessionAttrs = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby'

export interface HostAddress {
  readonly host: string
  /** Default: the option `port`, or 5432. */
  readonly port?: number
}

/** pg's options of a pool and of its clients, and what is beyond them. */
export interface PoolConfig extends Omit<pg.PoolConfig, 'onConnect'> {
  /** Called with every new client before anybody gets it; what it rejects with fails the connect. */
  readonly onConnect?: ((client: pg.PoolClient) => unknown) | undefined
  /** Options of the core's pool, group by group, over what pg's options say. Default: none. */
  readonly pool?: PoolOptions<pg.PoolClient>
  /** Default `'auto'`. */
  readonly reset?: ResetMode
  /** Servers to try one after the other until one gives a session as wanted, each for an equal share of the time that a
   * connect has. Default: the one of `host`. As with libpq several may also stand in the connection string, or in `host`
   * and `port`, separated by commas. */
  readonly hosts?: readonly HostAddress[]
  /** Default: the connection string's `target_session_attrs`, else `'any'`. A session of which the server says later that
   * it is something else, as of a standby that was promoted, is not lent again. */
  readonly targetSessionAttrs?: TargetSessionAttrs
  /** `'random'`: the hosts are tried in random order, so that clients spread over them (libpq `load_balance_hosts`).
   * Default: the connection string's `load_balance_hosts`, else `'disable'`. */
  readonly loadBalanceHosts?: 'disable' | 'random'
}

/** pg-pool's options as its constructor leaves them on `pool.options`. */
export type KeptOptions = pg.PoolOptions & PoolConfig

const off = Number.POSITIVE_INFINITY

/** Throws `InvalidOptionError` for a `reset` that is none. */
export function readReset({ reset = 'auto' }: PoolConfig): ResetMode {
  if (reset === 'auto' || reset === 'discard-all' || reset === false || typeof reset === 'function') return reset
  throw new InvalidOptionError('reset', reset, "'auto', 'discard-all', a function or false")
}

/** Throws `InvalidOptionError` for a `Client` that cannot be one, rather than at the first connect. */
export function checkClient({ Client }: KeptOptions): void {
  if (!Client || typeof Client === 'function') return
  const allowed = 'a class of clients: pg.Client, a subclass, or pg.native.Client (pg.native is null without pg-native)'
  throw new InvalidOptionError('Client', Client, allowed)
}

/** pg-pool's options in the core's words. `total` counts the clients. */
export function coreOptions(options: KeptOptions, total: () => number): PoolOptions<pg.PoolClient> {
  const timeout = numberOf(options.connectionTimeoutMillis) || off
  const idle = numberOf(options.idleTimeoutMillis) || off
  const min = numberOf(options.min)
  const { pool = {} } = options
  // pg-pool's `min` opens nothing, it only keeps what was opened: the core's would be something else.
  const policies = min > 0 && idle < off ? [keepMin(min, idle, total)] : []
  return {
    ...pool,
    name: pool.name ?? 'pg',
    size: { max: numberOf(options.max), ...pool.size },
    acquire: { timeout, ...pool.acquire },
    connect: {
      timeout,
      // As pg-pool: one for each that finds none idle. Elastic growth saves connections where bursts are short.
      growth: 'eager',
      ...pool.connect,
      backoff: { maxDelay: 1_000, ...pool.connect?.backoff },
    },
    idle: { timeout: policies.length > 0 ? off : idle, ...pool.idle },
    lifetime: {
      maxUses: numberOf(options.maxUses),
      maxAge: numberOf(options.maxLifetimeSeconds) * 1_000 || off,
      jitter: 0,
      ...pool.lifetime,
    },
    // As pg-pool: nobody waits for a ping.
    health: { onAcquire: false, ...pool.health },
    policies: [...policies, ...(pool.policies ?? [])],
  }
}

/** pg-pool compares, so that the texts of environment variables do. */
function numberOf(value: unknown): number {
  return typeof value === 'string' ? Number(value) : ((value ?? 0) as number)
}

/** Keeps secrets out of what is printed of a pool; they can be read as before. */
export function hideSecrets(options: PoolConfig): void {
  for (const name of ['password', 'connectionString'] as const) {
    const value = options[name]
    if (value === undefined) continue
    Object.defineProperty(options, name, { configurable: true, enumerable: false, writable: true, value })
  }
}
