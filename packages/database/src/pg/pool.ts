import type { EventEmitter } from 'node:events'
import {
  type AcquireOptions,
  type ConnectionInfo,
  type Pool as CorePool,
  createPool,
  type FlushOptions,
  type Lease,
  PoolClosedError,
  type PoolStats,
  systemClock,
} from '@millpond/core'
import pg from 'pg'
import { type BoundedQueryHost, type QueryDone, runBounded } from './bounded-query.js'
import { cancelWithin } from './cancel-query.js'
import { isQueryable } from './client-internals.js'
import { ClientRecord } from './client-record.js'
import { logEvents } from './log-events.js'
import { pgAdapter } from './pg-adapter.js'
import { explainFailure, pgPoolError } from './pg-errors.js'
import {
  type BoundedQueryConfig,
  type ConnectOptions,
  coreOptions,
  type EndOptions,
  hideSecrets,
  type KeptOptions,
  type PoolConfig,
  type ResetMode,
  readReset,
} from './pg-options.js'
import { isClean } from './reset-client.js'
import { rollBackLease } from './roll-back-lease.js'
import { submit } from './submit-query.js'

type Release = (error?: Error | boolean) => void
type ConnectDone = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: unknown) => void,
) => void
type LeaseDone = (error: unknown, lease?: Lease<pg.PoolClient>) => void

/** What pg's pool brings along; everything else of it is written anew. */
interface PgPoolBase extends EventEmitter {
  readonly ending: boolean
  readonly ended: boolean
  options: pg.PoolOptions
}

interface PgPoolState {
  ending: boolean
  ended: boolean
  options: KeptOptions
  Client: new (options: KeptOptions) => pg.PoolClient
  Promise: PromiseConstructor
}

// A subclass: code that asks whether something is `instanceof pg.Pool`, as Drizzle does, takes it for what it is.
const PgPool = pg.Pool as unknown as new (config: PoolConfig) => PgPoolBase

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
  readonly #inner: CorePool<pg.PoolClient>
  readonly #records = new WeakMap<pg.PoolClient, ClientRecord>()
  readonly #reset: ResetMode
  /** ms after which a client has expired. */
  readonly #maxAge: number
  /** Whether an acquire asks for an idle client first; not where every acquire is to be looked at. */
  readonly #triesFirst: boolean
  readonly #nested: boolean
  readonly #boundedHost: BoundedQueryHost
  #closing: Promise<void> | undefined

  constructor(config: PoolConfig | string = {}) {
    super(typeof config === 'string' ? { connectionString: config } : config)
    const { options } = this.#state
    hideSecrets(options)
    this.#reset = readReset(options)
    const core = coreOptions(options, () => this.totalCount)
    this.#inner = createPool(this.#adapter(), core)
    if (options.log !== undefined) logEvents(this.#inner, options.log)
    this.#maxAge = core.lifetime?.maxAge ?? Number.POSITIVE_INFINITY
    this.#nested = (core.acquire?.nested ?? 'off') !== 'off'
    this.#triesFirst = !this.#nested
    this.#boundedHost = {
      patience: core.release?.timeout ?? 5_000,
      newClient: () => this.#newClient(),
      acquire: (asked, done) => this.#acquire(asked, done),
      lend: (lease) => this.#lend(lease),
      giveBack: (lease, client, error) => this.#giveBack(lease, client, error),
      destroy: (lease, client, error) => this.#destroy(lease, client, error),
    }
  }

  /** Clients connecting, idle and borrowed; not those on their way out. */
  get totalCount(): number {
    const { size, closing } = this.#inner.stats()
    return size - closing
  }

  get idleCount(): number {
    return this.#inner.stats().idle
  }

  /** Callers that wait for a client of others; not those whose own is being connected. */
  get waitingCount(): number {
    const { waiting, connecting } = this.#inner.stats()
    return Math.max(0, waiting - connecting)
  }

  /** Borrowed clients older than `maxLifetimeSeconds`, which are closed when they come back. */
  get expiredCount(): number {
    const now = (this.#state.options.pool?.clock ?? systemClock).now()
    let expired = 0
    for (const { leases, openedAt } of this.#inner.connections()) {
      if (leases > 0 && openedAt !== undefined && now - openedAt >= this.#maxAge) expired++
    }
    return expired
  }

  /** The pool underneath: for its events, for `resize`, `pause`, `warm` and `use`, and to be a member of `balance` and
   * `failover`. */
  get inner(): CorePool<pg.PoolClient> {
    return this.#inner
  }

  /** Counts, totals and ages, as of every millpond pool. */
  stats(): PoolStats {
    return this.#inner.stats()
  }

  /** Snapshots of all connections that are not closed. */
  connections(): Iterable<ConnectionInfo> {
    return this.#inner.connections()
  }

  /** Lends nothing any more that is open now: after a change of credentials, or a fail-over. */
  flush(options?: FlushOptions): void {
    this.#inner.flush(options)
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
        this.#connect(options, (error, client) => (error ? reject(error) : resolve(client as pg.PoolClient)))
      })
    }
    const call: ConnectDone = (...outcome) => this.#call(callback, outcome)
    if (this.#nested) this.#connectInside(options, call)
    else this.#connect(options, call)
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
      this.#query(text, given, done)
      return undefined
    }
    return this.#promise((resolve, reject) => {
      this.#query(text, given, (error, result) => (error ? reject(error) : resolve(result)))
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
      () => this.#call(callback, []),
      (error) => this.#call(callback, [error]),
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

  #adapter() {
    const { options } = this.#state
    const { onConnect, allowExitOnIdle } = options
    return pgAdapter({
      newClient: () => this.#newClient(),
      onConnect,
      reset: this.#reset,
      allowExitOnIdle,
      connected: (client) => {
        this.#recordOf(client).isConnected = true
        this.#tell('connect', client)
      },
      failedIdle: (error, client) => this.#tellError(error, client),
      isLeased: (client) => this.#recordOf(client).isLeased,
      isListening: (client) => this.#recordOf(client).listens,
      cancel: (client) => cancelWithin(this.#boundedHost.patience, client, () => this.#newClient()),
      listens: (client, does) => {
        this.#recordOf(client).listens = does
      },
      ended: (client) => this.#removed(client),
    })
  }

  #newClient(): pg.PoolClient {
    const { Client, options } = this.#state
    return new Client(options)
  }

  #recordOf(client: pg.PoolClient): ClientRecord {
    let record = this.#records.get(client)
    if (record === undefined) {
      record = new ClientRecord()
      this.#records.set(client, record)
    }
    return record
  }

  #connect(options: ConnectOptions | undefined, done: ConnectDone): void {
    const lease = options === undefined && this.#triesFirst ? this.#inner.tryAcquire() : undefined
    if (lease !== undefined) process.nextTick(() => this.#lendTo(lease, done))
    else
      this.#acquire(options, (error, granted) => {
        if (granted === undefined) done(error as Error, undefined, () => {})
        else this.#lendTo(granted, done)
      })
  }

  /** The callback runs inside a `use`, so that an acquire in it is known to be nested until the client comes back. */
  #connectInside(options: ConnectOptions | undefined, done: ConnectDone): void {
    this.#inner
      .use(
        (_, lease) =>
          new Promise<void>((resolve) => {
            this.#lendTo(lease, done, resolve)
          }),
        options,
      )
      .catch((error) => done(explainFailure(error, false) as Error, undefined, () => {}))
  }

  /** With `verify`, a client is lent the first time only when that has nothing against it. */
  #lendTo(lease: Lease<pg.PoolClient>, done: ConnectDone, whenReleased?: () => void): void {
    const client = this.#lend(lease)
    const release = this.#releaseOnce(lease, client, whenReleased)
    client.release = release
    const { verify } = this.#state.options
    if (verify === undefined || lease.reused) {
      done(undefined, client, release as (error?: unknown) => void)
      return
    }
    verify(client, (error) => {
      if (error) {
        client.release(error)
        done(error, undefined, () => {})
      } else {
        done(undefined, client, release as (error?: unknown) => void)
      }
    })
  }

  #releaseOnce(lease: Lease<pg.PoolClient>, client: pg.PoolClient, whenReleased: (() => void) | undefined): Release {
    let isReleased = false
    return (error) => {
      if (isReleased) throw pgPoolError('releasedTwice')
      isReleased = true
      this.#giveBack(lease, client, error)
      whenReleased?.()
    }
  }

  #query(text: unknown, values: unknown, done: QueryDone): void {
    if (isBounded(text)) {
      runBounded(this.#boundedHost, text, values, done)
      return
    }
    const lease = this.#triesFirst && this.#state.options.verify === undefined ? this.#inner.tryAcquire() : undefined
    if (lease !== undefined) this.#send(lease, text, values, done)
    else this.#queryLater(text, values, done)
  }

  #queryLater(text: unknown, values: unknown, done: QueryDone): void {
    if (this.#state.options.verify !== undefined) {
      this.#connect(undefined, (error, client, release) => {
        if (client === undefined) done(error)
        else this.#ask(client, text, values, release, done)
      })
      return
    }
    this.#acquire(undefined, (error, lease) => {
      if (lease === undefined) done(error)
      else this.#send(lease, text, values, done)
    })
  }

  #send(lease: Lease<pg.PoolClient>, text: unknown, values: unknown, done: QueryDone): void {
    const client = this.#lend(lease)
    this.#ask(client, text, values, (error) => this.#giveBack(lease, client, error), done)
  }

  #ask(
    client: pg.PoolClient,
    text: unknown,
    values: unknown,
    release: (error?: unknown) => void,
    done: QueryDone,
  ): void {
    if (isSubmittable(text)) {
      submit(client, text, release, done)
      return
    }
    const { log } = this.#state.options
    let isOver = false
    log?.('dispatching query')
    try {
      const query = client.query as (text: unknown, values: unknown, done: QueryDone) => void
      query.call(client, text, values, (error, result) => {
        if (isOver) return
        isOver = true
        log?.('query dispatched')
        release(error)
        if (error) done(error)
        else done(undefined, result)
      })
    } catch (error) {
      isOver = true
      release(error)
      process.nextTick(done, error)
    }
  }

  #acquire(options: AcquireOptions | undefined, done: LeaseDone): void {
    if (this.ending) {
      done(pgPoolError('ended', new PoolClosedError(this.#inner.name)))
      return
    }
    const ownOpen = this.#mayOpen()
    this.#inner.acquire(options).then(
      (lease) => done(undefined, lease),
      (error) => done(explainFailure(error, ownOpen)),
    )
  }

  /** Asked only where a time limit may make it matter. */
  #mayOpen(): boolean {
    if (!this.#state.options.connectionTimeoutMillis) return false
    const { size, closing, idle, max } = this.#inner.stats()
    return idle === 0 && size - closing < max
  }

  #lend(lease: Lease<pg.PoolClient>): pg.PoolClient {
    const client = lease.resource
    this.#recordOf(client).isLeased = true
    this.#tell('acquire', client)
    return client
  }

  #giveBack(lease: Lease<pg.PoolClient>, client: pg.PoolClient, error: unknown): void {
    const record = this.#recordOf(client)
    record.isLeased = false
    this.#tell('release', error, client)
    const isAuto = this.#reset === 'auto'
    if (error || !isQueryable(client) || (isAuto && record.listens)) lease.retire()
    else if (isAuto && !isClean(client)) rollBackLease(lease, client, this.#boundedHost.patience)
    else lease.release()
  }

  #destroy(lease: Lease<pg.PoolClient>, client: pg.PoolClient, error: Error): void {
    this.#recordOf(client).isLeased = false
    this.#tell('release', error, client)
    lease.destroy(error)
  }

  #removed(client: pg.PoolClient): void {
    const record = this.#recordOf(client)
    // One that came too late was never told of.
    if (!record.isConnected) return
    record.isConnected = false
    this.#tell('remove', client)
  }

  #end(timeout: number): Promise<void> {
    if (this.ending) return Promise.reject(pgPoolError('endedTwice'))
    this.#state.ending = true
    this.#state.options.log?.('ending')
    this.#closing = this.#inner.close({ timeout, waiters: 'serve' }).then(() => {
      this.#state.ended = true
    })
    return this.#closing
  }

  /** pg-pool's pool fails the process where nobody listens; a lost idle client is no reason to. */
  #tellError(error: Error, client: pg.PoolClient): void {
    // Not to be printed with it.
    Object.defineProperty(error, 'client', { configurable: true, writable: true, enumerable: false, value: client })
    if (this.listenerCount('error') > 0) this.#tell('error', error, client)
  }

  /** What a listener throws is thrown, but not into the middle of a hand-over. */
  #tell(event: string, ...about: unknown[]): void {
    if (this.listenerCount(event) > 0) this.#call((...args) => this.emit(event, ...args), about)
  }

  #call<A extends unknown[]>(fn: (...args: A) => unknown, args: A): void {
    try {
      fn(...args)
    } catch (error) {
      process.nextTick(() => {
        throw error
      })
    }
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

function isSubmittable(query: unknown): query is pg.Submittable {
  return typeof query === 'object' && query !== null && typeof (query as pg.Submittable).submit === 'function'
}

function isBounded(query: unknown): query is BoundedQueryConfig {
  if (typeof query !== 'object' || query === null || isSubmittable(query)) return false
  const { signal, timeout } = query as BoundedQueryConfig
  return signal !== undefined || timeout !== undefined
}
