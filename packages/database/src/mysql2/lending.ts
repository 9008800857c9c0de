import type { EventEmitter } from 'node:events'
import {
  type AcquireOptions,
  type Pool as CorePool,
  createPool,
  type Lease,
  PoolClosedError,
  QueueFullError,
} from '@millpond/core'
import { callOut } from '../pg/call-out.js'
import { mysql2Adapter } from './mysql2-adapter.js'
import { explainFailure, mysqlPoolError } from './mysql2-errors.js'
import type { PoolConfig } from './mysql2-internals.js'
import { copyConfig, coreOptions, type EndOptions, type OwnOptions, type ResetMode } from './mysql2-options.js'
import { type ConnectionHost, nothing, PooledConnection } from './pooled-connection.js'
import { QueryKiller } from './query-killer.js'
import { rollBackLease } from './roll-back-lease.js'
import { AUTOCOMMIT, UNKNOWN } from './server-status.js'

/** The callback of `getConnection`. */
export type ConnectionDone = (error: Error | null, connection?: PooledConnection) => void

type LeaseDone = (error: unknown, lease?: Lease<PooledConnection>) => void

/** Lends the connections of a pool and takes them back, with the ceremony of mysql2's. */
export class Lending implements ConnectionHost {
  readonly inner: CorePool<PooledConnection>
  /** ms that a connection has to become clean, and the server to kill a query. */
  readonly patience: number
  readonly #pool: EventEmitter
  readonly #config: PoolConfig
  readonly #reset: ResetMode
  readonly #killer: QueryKiller
  /** Those that callers have asked for by themselves. */
  readonly #borrowed = new Set<PooledConnection>()
  /** Every acquire is to be looked at, even one that finds a connection idle. */
  readonly #nested: boolean
  #ended: Promise<void> | undefined

  /** `pool` emits mysql2's events. Throws `InvalidOptionError`. */
  constructor(pool: EventEmitter, config: PoolConfig, own: OwnOptions) {
    this.#pool = pool
    this.#config = config
    this.#reset = own.reset ?? (config.resetOnRelease === true ? 'reset-connection' : 'auto')
    const core = coreOptions(config, own, () => this.inner.stats().idle)
    this.inner = createPool(this.#adapter(), core)
    this.patience = core.release?.timeout ?? 5_000
    this.#nested = (core.acquire?.nested ?? 'off') !== 'off'
    this.#killer = new QueryKiller(config.connectionConfig, this.inner.name, this.patience)
  }

  /** An idle connection's lease, at once. */
  tryAcquire(): Lease<PooledConnection> | undefined {
    return this.#nested ? undefined : this.inner.tryAcquire()
  }

  acquire(options: AcquireOptions | undefined, done: LeaseDone): void {
    const refusal = this.refusal()
    if (refusal !== undefined) {
      process.nextTick(done, refusal)
      return
    }
    this.inner.acquire(options).then(
      (lease) => done(undefined, lease),
      // What a callback throws is not to be a rejection.
      (error) => process.nextTick(done, explainFailure(error)),
    )
  }

  /** Why mysql2 would not let this caller wait. Tells `enqueue` where it does. */
  refusal(): Error | undefined {
    if (this.#ended !== undefined) return mysqlPoolError('closed', new PoolClosedError(this.inner.name))
    const { waitForConnections, queueLimit } = this.#config
    const isHeard = this.#pool.listenerCount('enqueue') > 0
    if (waitForConnections && !queueLimit && !isHeard) return undefined
    const { max, size, closing, connecting, idle, waiting } = this.inner.stats()
    // What will be open without anybody giving anything back.
    const coming = max - (size - closing) + connecting + idle
    if (waiting < coming) return undefined
    if (!waitForConnections) return mysqlPoolError('busy')
    const ahead = waiting - coming
    if (queueLimit && ahead >= queueLimit) return mysqlPoolError('full', new QueueFullError(this.inner.name, ahead))
    if (isHeard) callOut(() => this.#pool.emit('enqueue'), [])
    return undefined
  }

  getConnection(options: AcquireOptions | undefined, done: ConnectionDone): void {
    const lease = options === undefined ? this.tryAcquire() : undefined
    if (lease !== undefined) {
      const connection = this.#borrow(lease)
      process.nextTick(done, null, connection)
      return
    }
    this.acquire(options, (error, granted) => {
      if (granted === undefined) done(error as Error)
      else done(null, this.#borrow(granted))
    })
  }

  /** With `acquire.nested`, the callback runs inside a `use`: an acquire in it is known to be nested until the connection
   * comes back. */
  getConnectionAround(options: AcquireOptions | undefined, done: ConnectionDone): void {
    if (!this.#nested) {
      this.getConnection(options, done)
      return
    }
    const refusal = this.refusal()
    if (refusal !== undefined) {
      process.nextTick(done, refusal)
      return
    }
    const lend = (_: PooledConnection, lease: Lease<PooledConnection>) =>
      new Promise<void>((resolve) => {
        const connection = this.#borrow(lease)
        connection.whenReturned = resolve
        callOut(done, [null, connection])
      })
    this.inner.use(lend, options).catch((error) => done(explainFailure(error) as Error))
  }

  /** From here on it is a borrower's, or an errand's. */
  lend(lease: Lease<PooledConnection>): PooledConnection {
    const connection = lease.resource
    connection.lease = lease
    this.#tell('acquire', connection)
    return connection
  }

  /** `isDoubtful`: what it was asked is being killed, and nobody knows what state that leaves it in. */
  giveBack(connection: PooledConnection, isDoubtful = false): void {
    const { lease, whenReturned } = connection
    if (lease === undefined) return
    this.#forget(connection)
    const isKept = this.#isKept(connection)
    if (isKept && (isDoubtful || (this.#reset === 'auto' && !connection.isAtRest))) {
      rollBackLease(lease, connection, this.patience, whenReturned)
    } else {
      if (isKept) lease.release()
      else lease.retire()
      whenReturned()
    }
    this.#tell('release', connection)
  }

  /** Ends it now: nobody knows what state it is in. */
  destroy(connection: PooledConnection, error?: Error): void {
    const { lease, whenReturned } = connection
    this.#forget(connection)
    lease?.destroy(error)
    whenReturned()
  }

  killQuery(connection: PooledConnection): Promise<boolean> {
    return this.#killer.kill('QUERY', connection)
  }

  end({ timeout }: EndOptions): Promise<void> {
    if (this.#ended !== undefined) return this.#ended
    const closed = this.inner.close({ timeout: timeout ?? Number.POSITIVE_INFINITY, waiters: 'reject' })
    this.#ended = closed.then(() => this.#killer.close())
    if (timeout === undefined) for (const connection of this.#borrowed) this.#sayGoodbye(connection)
    return this.#ended
  }

  /** As mysql2: a borrowed connection answers what it was asked, and ends. */
  #sayGoodbye(connection: PooledConnection): void {
    connection._realEnd(() => this.giveBack(connection))
  }

  #borrow(lease: Lease<PooledConnection>): PooledConnection {
    const connection = this.lend(lease)
    this.#borrowed.add(connection)
    return connection
  }

  /** It is nobody's any more. */
  #forget(connection: PooledConnection): void {
    connection.lease = undefined
    connection.errand = undefined
    connection.whenReturned = nothing
    this.#borrowed.delete(connection)
  }

  #isKept(connection: PooledConnection): boolean {
    if (!connection.isQueryable || this.#ended !== undefined) return false
    // The others undo a change of the user, or mean to leave it.
    return !connection.isForeign || this.#reset === 'reset-connection' || this.#reset === false
  }

  #connected(connection: PooledConnection): void {
    this.#tell('connection', connection)
    // A listener may have set autocommit, for all who will have it.
    connection.afterQueued(() => {
      connection.home = connection.status & AUTOCOMMIT
      // One that failed has begun no transaction.
      if (connection.status === UNKNOWN) connection.status = connection.home
    })
  }

  #tell(event: 'connection' | 'acquire' | 'release', connection: PooledConnection): void {
    if (this.#pool.listenerCount(event) > 0) callOut(() => this.#pool.emit(event, connection), [])
  }

  #adapter() {
    const { connectionConfig } = this.#config
    return mysql2Adapter({
      reset: this.#reset,
      login: connectionConfig,
      newConnection: () => new PooledConnection(this.#pool, this, copyConfig(connectionConfig)),
      connected: (connection) => this.#connected(connection),
      kill: (connection) => this.#killer.kill('CONNECTION', connection),
    })
  }
}
