import { type Clock, createKeyedPool, type FlushOptions, type Lease, systemClock } from '@millpond/core'
import { type Dispatcher, errors } from 'undici'
import { readOrigin } from '../agent/origin.js'
import { StaleConnectionError } from '../agent/stale-connection-error.js'
import { ClientAdapter, PipeliningAdapter } from './client-adapter.js'
import { type ClientConnection, isHangUp } from './client-connection.js'
import { ConnectionGoneError } from './connection-gone-error.js'
import type { DispatchTarget } from './dispatch-target.js'
import type { ResolvedDispatcherOptions } from './dispatcher-options.js'
import type { DispatcherPool } from './dispatcher-pool.js'
import { type DispatcherStats, readStats } from './dispatcher-stats.js'
import type { Exchange, ExchangeOwner } from './exchange.js'
import { Handover } from './handover.js'
import { OpenConnections } from './open-connections.js'
import { Queue, type QueueOwner } from './queue.js'
import { mayReplay, whyNotAgain } from './replay.js'
import { Returns, type ReturnsOwner } from './returns.js'
import { Traffic, type TrafficObserver } from './traffic.js'

/** Brings requests and connections together: the pool decides who gets one, an undici `Client` speaks on it. */
export class DispatcherCore implements ExchangeOwner, ReturnsOwner, QueueOwner {
  readonly pool: DispatcherPool
  readonly traffic: Traffic
  readonly open: OpenConnections
  readonly #options: ResolvedDispatcherOptions
  readonly #clock: Clock
  readonly #returns: Returns
  readonly #handover: Handover | undefined
  readonly #queue: Queue
  /** A lease may serve many requests. */
  readonly #counts = { acquired: 0, resent: 0, stale: 0 }

  /** Throws `InvalidOptionError` for what the pool refuses. */
  constructor(options: ResolvedDispatcherOptions, observer: TrafficObserver) {
    const { pool, protocol } = options
    this.#options = options
    this.#clock = pool.clock ?? systemClock
    this.#handover = options.mayHandOver ? new Handover() : undefined
    this.open = new OpenConnections(options, this.#clock)
    const AdapterOfTarget = protocol.pipelining > 1 ? PipeliningAdapter : ClientAdapter
    this.pool = createKeyedPool<DispatchTarget, ClientConnection>({
      ...pool,
      key: (target) => target.key,
      adapter: (target) => new AdapterOfTarget(target, this.open),
    })
    const never = Number.POSITIVE_INFINITY
    const most = {
      perTarget: (pool.perKey ?? never) * protocol.pipelining,
      total: (pool.total ?? never) * protocol.pipelining,
    }
    this.traffic = new Traffic(most, observer)
    this.#returns = new Returns(this.#clock, this.traffic, this)
    this.#queue = new Queue(this.pool, this.open, this.#handover, this.#clock, options.acquireTimeout, this)
  }

  /** Gives the request a connection now, or when one comes free. False when the next would have to wait. */
  dispatch(exchange: Exchange): boolean {
    this.#returns.settle()
    this.traffic.enter(exchange.target)
    this.#serve(exchange)
    return this.traffic.hasRoom(exchange.target)
  }

  /** Gives back the connections of the requests that are over. */
  settle(): void {
    this.#returns.settle()
    this.turnEnded()
  }

  /** Whether somebody wants to hear of every lease. */
  set isWatched(isWatched: boolean) {
    if (this.#handover !== undefined) this.#handover.isWatched = isWatched
  }

  stats(): DispatcherStats {
    this.settle()
    return readStats(this.pool, this.open.targets.held(), { ...this.#counts })
  }

  flush(origin: string | URL | undefined, options: FlushOptions | undefined): void {
    this.settle()
    this.#handover?.flush()
    if (origin === undefined) {
      this.pool.flush(undefined, options)
      return
    }
    const wanted = readOrigin(origin)
    for (const target of [...this.open.targets.held()]) {
      if (target.origin === wanted) this.pool.flush(target, options)
    }
  }

  /** Resolves once nothing is left. */
  async end(closed: Promise<void>): Promise<void> {
    await closed
    this.open.stop()
  }

  completed(exchange: Exchange): void {
    this.#finish(exchange)
  }

  upgraded(exchange: Exchange): void {
    const { connection, lease } = exchange
    if (connection === undefined || lease === undefined) return
    exchange.lease = undefined
    connection.users--
    connection.leave()
    // With pipelining, others may have been about to use it: they go elsewhere.
    if (connection.isLent) connection.lose()
    else lease.detach()
    this.#finish(exchange)
  }

  abandoned(exchange: Exchange, reason: Error | undefined): void {
    const { place, queuedFor } = exchange
    exchange.isOver = true
    if (place !== undefined) place.giveUp()
    else if (queuedFor !== undefined) {
      this.#queue.leave(exchange)
      queuedFor.line.left()
    }
    this.fail(exchange, reason ?? new errors.RequestAbortedError())
  }

  failed(exchange: Exchange, error: Error): void {
    if (exchange.isOver) {
      exchange.tell(error)
      return
    }
    const { connection } = exchange
    if (!exchange.isSent) {
      this.#failedUnsent(exchange, error)
      return
    }
    const isGone = error instanceof ConnectionGoneError
    const hungUp = connection?.hungUp !== undefined && isHangUp(error)
    if (isGone || (hungUp && connection.isReused && !exchange.isAnswered)) {
      this.#hungUp(exchange, error)
      return
    }
    if (hungUp) exchange.loseConnection()
    else exchange.destroyConnection(error)
    this.fail(exchange, error)
  }

  /** Nothing was written: another connection will do as well, or none was at fault. */
  #failedUnsent(exchange: Exchange, error: Error): void {
    if (exchange.connection?.isUsable) {
      this.fail(exchange, error)
      return
    }
    exchange.loseConnection()
    const { abortedWith } = exchange
    if (abortedWith !== undefined) this.fail(exchange, abortedWith.reason ?? new errors.RequestAbortedError())
    else if (exchange.resends > 0) this.#queue.wait(exchange, true)
    else this.#serve(exchange)
  }

  #serve(exchange: Exchange): void {
    const { target } = exchange
    for (;;) {
      // Nobody overtakes those who wait.
      const lease = target.queued > 0 ? undefined : this.#take(target)
      if (lease === undefined) {
        this.#queue.wait(exchange, false)
        return
      }
      const connection = lease.resource
      if (connection.isReused && !this.#isReplayable(exchange)) {
        const now = this.#clock.now()
        if (connection.isExpired(now)) {
          lease.retire()
          continue
        }
        if (connection.hasRested(now)) {
          this.#lookFirst(exchange, lease)
          return
        }
      }
      if (this.assign(exchange, lease)) return
    }
  }

  /** False when the connection has ended since it was last looked at. */
  assign(exchange: Exchange, lease: Lease<ClientConnection>): boolean {
    const connection = lease.resource
    if (!connection.isUsable) {
      connection.lose()
      lease.release()
      return false
    }
    connection.users++
    connection.expiresAt = Number.POSITIVE_INFINITY
    this.#counts.acquired++
    exchange.lend(lease, connection)
    connection.client.dispatch(exchange.options, exchange as Dispatcher.DispatchHandler)
    return true
  }

  /** A lease that another request has left in this turn, or an idle connection. */
  #take(target: DispatchTarget): Lease<ClientConnection> | undefined {
    const kept = this.#handover?.take(target)
    if (kept !== undefined) return kept
    const lease = this.pool.tryAcquire(target)
    if (lease !== undefined) this.#handover?.begin(lease.resource)
    return lease
  }

  /** A request that cannot be sent again is not entrusted to a connection of which nothing was heard for long, or whose
   * time is over though no timer of this process has run meanwhile. */
  #isReplayable(exchange: Exchange): boolean {
    return this.#options.resend && mayReplay(exchange.options)
  }

  /** Has the event loop poll the network first: the server's end may have come already, and not have been noticed. The
   * first turn may be one whose events were collected before this call. */
  #lookFirst(exchange: Exchange, lease: Lease<ClientConnection>): void {
    const connection = lease.resource
    connection.users++
    setImmediate(() =>
      setImmediate(() => {
        connection.users--
        if (!this.assign(exchange, lease)) this.#serve(exchange)
      }),
    )
  }

  /** The far end hung up before a byte of the answer. */
  #hungUp(exchange: Exchange, cause: Error): void {
    const { options, target } = exchange
    const reason = whyNotAgain(options, this.#options.resend, exchange.resends)
    exchange.loseConnection()
    if (reason === undefined) {
      this.#counts.resent++
      exchange.resends++
      this.#queue.wait(exchange, true)
      return
    }
    this.#counts.stale++
    this.fail(exchange, new StaleConnectionError(options.method, target.address, reason, cause))
  }

  /** Tells of it first: what the handler does then cannot have the connection, which undici is not done with. */
  fail(exchange: Exchange, error: Error): void {
    exchange.isOver = true
    try {
      exchange.tell(error)
    } finally {
      this.#finish(exchange)
    }
  }

  #finish(exchange: Exchange): void {
    exchange.isOver = true
    this.#returns.add(exchange)
  }

  giveBack(exchange: Exchange, since: number): void {
    const { connection, lease } = exchange
    if (connection === undefined || lease === undefined) return
    exchange.lease = undefined
    connection.users--
    if (!this.open.rest(connection, since)) {
      lease.retire()
      return
    }
    if (!this.#leaveTo(connection.target, lease)) this.#release(lease)
  }

  /** Whether another request has the lease now, or may come for it in this turn. */
  #leaveTo(target: DispatchTarget, lease: Lease<ClientConnection>): boolean {
    const handover = this.#handover
    if (handover === undefined || !handover.mayContinue(lease.resource)) return false
    const next = target.line.shift() as Exchange | undefined
    if (next !== undefined) {
      handover.continue(lease.resource)
      this.#queue.leave(next)
      this.assign(next, lease)
    } else if (target.queued === 0) handover.keep(lease, target)
    else return false
    return true
  }

  turnEnded(): void {
    const handover = this.#handover
    if (handover === undefined) return
    for (let lease = handover.nextLeft(); lease !== undefined; lease = handover.nextLeft()) this.#release(lease)
  }

  #release(lease: Lease<ClientConnection>): void {
    const { expiresAt } = lease.resource
    lease.release()
    this.open.note(expiresAt)
  }
}
