import {
  type ConnectionInfo,
  type Pool as CorePool,
  type FlushOptions,
  InvalidOptionError,
  type PoolStats,
  systemClock,
} from '@millpond/core'
import type pg from 'pg'
import type { QueryDone } from './bounded-query.js'
import { callOut } from './call-out.js'
import { type ConnectDone, Lending } from './lending.js'
import { pgPoolError } from './pg-errors.js'
import {
  type BoundedQueryConfig,
  type ConnectOptions,
  type EndOptions,
  hideSecrets,
  type PoolConfig,
} from './pg-options.js'
import { PgPool, type PgPoolState } from './pg-pool-base.js'
import { isPlain, promiseQuery, runQuery } from './run-query.js'

/**
 * A drop-in for `pg.Pool`, with millpond's pool underneath.
 *
 * Every option, method, count and event of pg-pool is here and does the same; the README says where it goes beyond, and
 * what was decided where the two differ. `options.pool` passes options to the core, `options.reset` says what is undone
 * between two borrowers. Errors have pg-pool's messages, and millpond's typed error as `cause`. Throws
 * `InvalidOptionError` for what the core refuses, as a `max` below 0.
 *
 * ```ts
 * const pool = new Pool({ connectionString, max: 20, connectionTimeoutMillis: 5_000 })
 * const { rows } = await pool.query('select $1::int as n', [1])
 * await pool.end()
 * ```
 */
export class Pool extends PgPool implements AsyncDisposable {
  readonly #lending: Lending
  #closing: Promise<void> | undefined

  constructor(config: PoolConfig | string = {}) {
    super(typeof config === 'string' ? { connectionString: config } : config)
    hideSecrets(this.#state.options)
    this.#lending = new Lending(this.#state, (event, ...about) => this.#tell(event, about))
  }

  /** Clients connecting, idle and borrowed; not those on their way out. */
  get totalCount(): number {
    return this.#lending.total
  }

  get idleCount(): number {
    return this.inner.stats().idle
  }

  /** Callers that wait for a client of others; not those whose own is being connected. */
  get waitingCount(): number {
    const { waiting, connecting } = this.inner.stats()
    return Math.max(0, waiting - connecting)
  }

  /** Borrowed clients older than `maxLifetimeSeconds`, which are closed when they come back. */
  get expiredCount(): number {
    const now = (this.#state.options.pool?.clock ?? systemClock).now()
    let expired = 0
    for (const { leases, openedAt } of this.inner.connections()) {
      if (leases > 0 && openedAt !== undefined && now - openedAt >= this.#lending.maxAge) expired++
    }
    return expired
  }

  /** The pool underneath: for its events, for `resize`, `pause`, `warm` and `use`, and to be a member of `balance` and
   * `failover`. */
  get inner(): CorePool<pg.PoolClient> {
    return this.#lending.inner
  }

  /** Counts, totals and ages, as of every millpond pool. */
  stats(): PoolStats {
    return this.inner.stats()
  }

  /** Snapshots of all connections that are not closed. */
  connections(): Iterable<ConnectionInfo> {
    return this.inner.connections()
  }

  /** Lends nothing any more that is open now: after a change of credentials, or a fail-over. */
  flush(options?: FlushOptions): void {
    this.inner.flush(options)
  }

  /** Lends a client, to be given back by `client.release()`, or `client.release(error)` to have it closed. */
  connect(options?: ConnectOptions): Promise<pg.PoolClient>
  connect(callback: ConnectDone): void
  connect(options: ConnectOptions | undefined, callback: ConnectDone): void
  connect(first?: ConnectOptions | ConnectDone, second?: ConnectDone): Promise<pg.PoolClient> | undefined {
    const callback = typeof first === 'function' ? first : second
    const options = typeof first === 'function' ? undefined : first
    if (callback === undefined) {
      return this.#promise((resolve, reject) => {
        this.#lending.connect(options, (error, client) => (error ? reject(error) : resolve(client as pg.PoolClient)))
      })
    }
    this.#lending.connectAround(options, (...outcome) => callOut(callback, outcome))
    return undefined
  }

  /**
   * Runs one query on a client of the pool. A config may have `signal` and `timeout`: see `BoundedQueryConfig`. Given a
   * Submittable, as a cursor or a query stream, the client comes back when it has ended.
   */
  query<T extends pg.Submittable>(query: T): Promise<pg.QueryResult>
  query<R extends unknown[] = unknown[], I = unknown[]>(
    config: pg.QueryArrayConfig<I> & BoundedQueryConfig,
    values?: pg.QueryConfigValues<I>,
  ): Promise<pg.QueryArrayResult<R>>
  // biome-ignore lint/suspicious/noExplicitAny: as pg's types have it, so that code compiles unchanged.
  query<R extends pg.QueryResultRow = any, I = any[]>(
    textOrConfig: string | (pg.QueryConfig<I> & BoundedQueryConfig),
    values?: pg.QueryConfigValues<I>,
  ): Promise<pg.QueryResult<R>>
  query<R extends unknown[] = unknown[], I = unknown[]>(
    config: pg.QueryArrayConfig<I> & BoundedQueryConfig,
    callback: (error: Error, result: pg.QueryArrayResult<R>) => void,
  ): void
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  query<R extends pg.QueryResultRow = any, I = any[]>(
    textOrConfig: string | (pg.QueryConfig<I> & BoundedQueryConfig),
    callback: (error: Error, result: pg.QueryResult<R>) => void,
  ): void
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  query<R extends pg.QueryResultRow = any, I = any[]>(
    text: string,
    values: pg.QueryConfigValues<I>,
    callback: (error: Error, result: pg.QueryResult<R>) => void,
  ): void
  query(text: unknown, values?: unknown, callback?: unknown): unknown {
    if (typeof text === 'function') {
      setImmediate(text as (error: Error) => void, pgPoolError('functionFirst'))
      return undefined
    }
    const given = typeof values === 'function' ? undefined : values
    const done = (typeof values === 'function' ? values : callback) as QueryDone | undefined
    if (done !== undefined) {
      runQuery(this.#lending, this.#state.options, text, given, done)
      return undefined
    }
    const { options, Promise: Chosen } = this.#state
    if (Chosen === Promise && isPlain(options, text)) {
      return promiseQuery(this.#lending, options, text, given).catch(retrace)
    }
    return this.#promise((resolve, reject) => {
      const settle: QueryDone = (error, result) => (error ? reject(error) : resolve(result))
      runQuery(this.#lending, options, text, given, settle)
    })
  }

  /** Takes no more work, serves those who wait already, waits for what is borrowed, closes everything. With `timeout`,
   * what is borrowed for longer is taken away, and those who still wait are told that the pool has ended. */
  end(options?: EndOptions): Promise<void>
  end(callback: () => void): void
  end(options: EndOptions, callback: () => void): void
  end(first?: EndOptions | ((error?: Error) => void), second?: (error?: Error) => void): Promise<void> | undefined {
    const callback = typeof first === 'function' ? first : second
    const { timeout = Number.POSITIVE_INFINITY } = typeof first === 'function' ? {} : (first ?? {})
    const ended = this.#end(timeout)
    if (callback === undefined) return this.#promise((resolve, reject) => void ended.then(resolve, reject))
    void ended.then(
      () => callOut(callback, []),
      (error) => callOut(callback, [error]),
    )
    return undefined
  }

  /** `end()`, or the end that is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await (this.#closing ?? this.#end(Number.POSITIVE_INFINITY))
  }

  override on<K extends 'error' | 'release' | 'connect' | 'acquire' | 'remove'>(
    event: K,
    listener: K extends 'error' | 'release'
      ? (error: Error, client: pg.PoolClient) => void
      : (client: pg.PoolClient) => void,
  ): this
  // biome-ignore lint/suspicious/noExplicitAny: as EventEmitter's.
  override on(event: string | symbol, listener: (...args: any[]) => void): this
  // biome-ignore lint/suspicious/noExplicitAny: as EventEmitter's.
  override on(event: string | symbol, listener: (...args: any[]) => void): this {
    return super.on(event, listener)
  }

  /** The fields of pg-pool's that its constructor has made. */
  get #state(): PgPoolState {
    return this as unknown as PgPoolState
  }

  #end(timeout: number): Promise<void> {
    if (this.ending) return Promise.reject(pgPoolError('endedTwice'))
    if (!(timeout > 0)) {
      const allowed = 'milliseconds as a number above 0; Infinity switches it off'
      return Promise.reject(new InvalidOptionError('end.timeout', timeout, allowed))
    }
    this.#state.ending = true
    this.#state.options.log?.('ending')
    this.#closing = this.inner.close({ timeout, waiters: 'serve' }).then(() => {
      this.#state.ended = true
    })
    return this.#closing
  }

  /** pg-pool's ends the process when an idle client fails and nobody listens; that is no reason to. */
  #tell(event: string, about: unknown[]): void {
    const [error, client] = about
    // Not to be printed with it.
    if (event === 'error') Object.defineProperty(error, 'client', { value: client, configurable: true, writable: true })
    if (this.listenerCount(event) > 0) callOut(() => this.emit(event, ...about), [])
  }

  #promise<T>(executor: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Promise<T> {
    return new this.#state.Promise<T>(executor).catch(retrace)
  }
}

/** The stack as pg-pool gives it: leading back to the application instead of the socket. */
function retrace(error: unknown): never {
  if (error instanceof Error) Error.captureStackTrace(error)
  throw error
}
