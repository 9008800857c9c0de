import {
  type AcquireOptions,
  type Pool as CorePool,
  createPool,
  type Lease,
  PoolClosedError,
  type PoolOptions,
} from '@millpond/core'
import type pg from 'pg'
import { cancelWithin } from './cancel-query.js'
import { isQueryable } from './client-internals.js'
import { ClientRecord } from './client-record.js'
import { type HostTarget, readHostOrder, readHosts } from './host-list.js'
import { logEvents } from './log-events.js'
import { pgAdapter } from './pg-adapter.js'
import { explainFailure, pgPoolError } from './pg-errors.js'
import { type ConnectOptions, checkClient, coreOptions, type ResetMode, readReset } from './pg-options.js'
import type { PgPoolState } from './pg-pool-base.js'
import { isClean } from './reset-client.js'
import { rollBackLease } from './roll-back-lease.js'
import { readTarget } from './target-session.js'

/** The callback of `connect`. */
export type ConnectDone = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  release: (error?: unknown) => void,
) => void

type Tell = (event: string, ...about: unknown[]) => void

const nothing = () => {}

/** Lends the clients of a pool and takes them back, with pg-pool's ceremony. */
export class Lending {
  readonly inner: CorePool<pg.PoolClient>
  /** ms after which a client has expired. */
  readonly maxAge: number
  /** ms that a client has to become clean, and the server to cancel a query. */
  readonly patience: number
  readonly #state: PgPoolState
  readonly #tell: Tell
  readonly #reset: ResetMode
  readonly #hosts: readonly HostTarget[]
  readonly #records = new WeakMap<pg.PoolClient, ClientRecord>()
  /** As many connections as may be, and none has ended since. */
  #isFull = false
  /** Every acquire is to be looked at, even one that finds a client idle. */
  readonly #nested: boolean

  /** `tell` emits pg-pool's events. Throws `InvalidOptionError`. */
  constructor(state: PgPoolState, tell: Tell) {
    const { options } = state
    this.#state = state
    this.#tell = tell
    checkClient(options)
    this.#reset = readReset(options)
    this.#hosts = readHosts(options)
    const core = coreOptions(options, () => this.total)
    this.inner = createPool(this.#adapter(), core)
    this.maxAge = core.lifetime?.maxAge ?? Number.POSITIVE_INFINITY
    this.patience = patienceOf(core)
    this.#nested = (core.acquire?.nested ?? 'off') !== 'off'
    if (options.log !== undefined) logEvents(this.inner, options.log)
  }

  /** Clients that are not on their way out. */
  get total(): number {
    const { size, closing } = this.inner.stats()
    return size - closing
  }

  newClient(host = this.#hosts[0]): pg.PoolClient {
    const { Client, options } = this.#state
    return new Client(host?.options ?? options)
  }

  /** An idle client's lease, at once. */
  tryAcquire(): Lease<pg.PoolClient> | undefined {
    return this.#nested ? undefined : this.inner.tryAcquire()
  }

  acquire(options: AcquireOptions | undefined, done: (error: unknown, lease?: Lease<pg.PoolClient>) => void): void {
    if (this.#state.ending) {
      done(pgPoolError('ended', new PoolClosedError(this.inner.name)))
      return
    }
    const ownOpen = this.#mayOpen()
    this.inner.acquire(options).then(
      (lease) => done(undefined, lease),
      (error) => done(explainFailure(error, ownOpen)),
    )
  }

  /** As `acquire`, for what is to be done with the lease. */
  acquireThen<V>(use: (lease: Lease<pg.PoolClient>) => Promise<V>): Promise<V> {
    if (this.#state.ending) return Promise.reject(pgPoolError('ended', new PoolClosedError(this.inner.name)))
    const ownOpen = this.#mayOpen()
    return this.inner.acquire().then(use, (error) => {
      throw explainFailure(error, ownOpen)
    })
  }

  connect(options: ConnectOptions | undefined, done: ConnectDone): void {
    const lease = options === undefined ? this.tryAcquire() : undefined
    if (lease !== undefined) {
      process.nextTick(() => this.#introduce(lease, done))
      return
    }
    this.acquire(options, (error, granted) => {
      if (granted === undefined) done(error as Error, undefined, nothing)
      else this.#introduce(granted, done)
    })
  }

  /** With `acquire.nested`, the callback runs inside a `use`: an acquire in it is known to be nested until the client
   * comes back. */
  connectAround(options: ConnectOptions | undefined, done: ConnectDone): void {
    if (!this.#nested) {
      this.connect(options, done)
      return
    }
    const lend = (_: pg.PoolClient, lease: Lease<pg.PoolClient>) =>
      new Promise<void>((released) => this.#introduce(lease, done, released))
    this.inner.use(lend, options).catch((error) => done(explainFailure(error, false) as Error, undefined, nothing))
  }

  /** From here on it is a borrower's. */
  lend(lease: Lease<pg.PoolClient>): pg.PoolClient {
    const client = lease.resource
    this.#recordOf(client).isLeased = true
    this.#tell('acquire', client)
    return client
  }

  /** With an error, or `true`, it is closed instead of kept. `ended` is called once its lease has ended. */
  giveBack(lease: Lease<pg.PoolClient>, client: pg.PoolClient, error: unknown, ended = nothing): void {
    const record = this.#takeBack(client, error)
    const isAuto = this.#reset === 'auto'
    const isKept = !error && isQueryable(client) && !(isAuto && record.listens)
    if (isKept && isAuto && !isClean(client)) {
      rollBackLease(lease, client, this.patience, ended)
      return
    }
    if (isKept) lease.release()
    else lease.retire()
    ended()
  }

  /** Ends it now: nobody knows what state it is in. */
  destroy(lease: Lease<pg.PoolClient>, client: pg.PoolClient, error: Error): void {
    this.#takeBack(client, error)
    lease.destroy(error)
  }

  #takeBack(client: pg.PoolClient, error: unknown): ClientRecord {
    const record = this.#recordOf(client)
    record.isLeased = false
    this.#tell('release', error, client)
    return record
  }

  /** Gives a client to who has asked for it; with `verify`, the first time only when that has nothing against it. */
  #introduce(lease: Lease<pg.PoolClient>, done: ConnectDone, released = nothing): void {
    const client = this.lend(lease)
    const release = this.#releaseOnce(lease, client, released)
    client.release = release
    const { verify } = this.#state.options
    if (verify === undefined || lease.reused) {
      done(undefined, client, release)
      return
    }
    verify(client, (error) => {
      if (error) {
        release(error)
        done(error, undefined, nothing)
      } else {
        done(undefined, client, release)
      }
    })
  }

  #releaseOnce(lease: Lease<pg.PoolClient>, client: pg.PoolClient, released: () => void): (error?: unknown) => void {
    let isReleased = false
    return (error) => {
      if (isReleased) throw pgPoolError('releasedTwice')
      isReleased = true
      this.giveBack(lease, client, error, released)
    }
  }

  /** Asked only where a time limit may make it matter, and counted only where a connection has ended since it was found
   * full: a full count costs as much as all else that the pool does for a query. */
  #mayOpen(): boolean {
    if (!this.#state.options.connectionTimeoutMillis || this.#isFull) return false
    const { size, closing, idle, max } = this.inner.stats()
    this.#isFull = size - closing >= max
    return idle === 0 && !this.#isFull
  }

  #recordOf(client: pg.PoolClient): ClientRecord {
    let record = this.#records.get(client)
    if (record === undefined) {
      record = new ClientRecord()
      this.#records.set(client, record)
    }
    return record
  }

  #adapter() {
    const { options } = this.#state
    const { onConnect, allowExitOnIdle } = options
    return pgAdapter({
      hosts: this.#hosts,
      target: readTarget(options),
      random: readHostOrder(options),
      newClient: (host) => this.newClient(host),
      onConnect,
      reset: this.#reset,
      allowExitOnIdle,
      connected: (client) => {
        this.#recordOf(client).isConnected = true
        this.#tell('connect', client)
      },
      failedIdle: (error, client) => this.#tell('error', error, client),
      isLeased: (client) => this.#recordOf(client).isLeased,
      isListening: (client) => this.#recordOf(client).listens,
      cancel: (client) => cancelWithin(this.patience, client, () => this.newClient()),
      listens: (client, does) => {
        this.#recordOf(client).listens = does
      },
      ended: (client) => {
        this.#isFull = false
        const record = this.#recordOf(client)
        // One that came too late was never told of.
        if (record.isConnected) this.#tell('remove', client)
        record.isConnected = false
      },
    })
  }
}

function patienceOf({ release }: PoolOptions<pg.PoolClient>): number {
  return release?.timeout ?? 5_000
}
