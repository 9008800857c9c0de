import { type Clock, createKeyedPool, type FlushOptions, type KeyedPool, type Lease, systemClock } from '@millpond/core'
import { type Dispatcher, errors } from 'undici'
import { countOrigins } from '../agent/agent-stats.js'
import { readOrigin } from '../agent/origin.js'
import { StaleConnectionError } from '../agent/stale-connection-error.js'
import { clientAdapter } from './client-adapter.js'
import { type ClientConnection, isHangUp } from './client-connection.js'
import { ConnectionGoneError } from './connection-gone-error.js'
import { dispatchError } from './dispatch-error.js'
import type { DispatchTarget } from './dispatch-target.js'
import type { ResolvedDispatcherOptions } from './dispatcher-options.js'
import type { DispatcherStats } from './dispatcher-stats.js'
import type { Exchange, ExchangeOwner } from './exchange.js'
import { Handover } from './handover.js'
import { OpenConnections } from './open-connections.js'
import { mayReplay, whyNotReplayed } from './replay.js'
import { Returns, type ReturnsOwner } from './returns.js'
import { Traffic, type TrafficObserver } from './traffic.js'

/** Once is enough, but that a connection which was opened for a second try may have carried others before. */
const MAX_RESENDS = 5

/** Brings requests and connections together: the pool decides who gets one, an undici `Client` speaks on it. */
export class DispatcherCore implements ExchangeOwner, ReturnsOwner {
  readonly pool: KeyedPool<DispatchTarget, ClientConnection>
  readonly traffic: Traffic
  readonly open: OpenConnections
  readonly #options: ResolvedDispatcherOptions
  readonly #clock: Clock
  readonly #returns: Returns
  readonly #handover: Handover | undefined
  #resent = 0
  #stale = 0

  /** Throws `InvalidOptionError` for what the pool refuses. */
  constructor(options: ResolvedDispatcherOptions, observer: TrafficObserver) {
    const { pool, protocol } = options
    this.#options = options
    this.#clock = pool.clock ?? systemClock
    this.#handover = options.mayHandOver ? new Handover() : undefined
    this.open = new OpenConnections(options, this.#clock)
    this.pool = createKeyedPool<DispatchTarget, ClientConnection>({
      ...pool,
      key: (target) => target.key,
      adapter: (target) => clientAdapter(target, this.open),
    })
    const never = Number.POSITIVE_INFINITY
    const most = {
      perTarget: (pool.perKey ?? never) * protocol.pipelining,
      total: (pool.total ?? never) * protocol.pipelining,
    }
    this.traffic = new Traffic(most, observer)
    this.#returns = new Returns(this.#clock, this.traffic, this)
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
    const pool = this.pool.stats()
    const held = [...this.open.targets.held()]
    const origins = new Map(held.map(({ key, origin }) => [key, origin]))
    const waiting = held.flatMap(({ origin, queued }) => Array<string>(queued).fill(origin))
    return {
      ...pool,
      acquired: pool.acquired + (this.#handover?.count ?? 0),
      origins: countOrigins(this.pool.connections(), waiting, (key) => origins.get(key) ?? key),
      resent: this.#resent,
      stale: this.#stale,
    }
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
    exchange.leaveQueue()
    this.#fail(exchange, reason ?? new errors.RequestAbortedError())
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
    if (hungUp) this.#takeOff(exchange)
    else this.#destroy(exchange, error)
    this.#fail(exchange, error)
  }

  /** Nothing was written: another connection will do as well, or none was at fault. */
  #failedUnsent(exchange: Exchange, error: Error): void {
    if (exchange.connection?.isUsable) {
      this.#fail(exchange, error)
      return
    }
    this.#takeOff(exchange)
    const { abortedWith } = exchange
    if (abortedWith !== undefined) this.#fail(exchange, abortedWith.reason ?? new errors.RequestAbortedError())
    else if (exchange.resends > 0) this.#wait(exchange, true)
    else this.#serve(exchange)
  }

  #serve(exchange: Exchange): void {
    const { target } = exchange
    for (;;) {
      // Nobody overtakes those who wait.
      const lease = target.queued > 0 ? undefined : this.#take(target)
      if (lease === undefined) {
        this.#wait(exchange, false)
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
      if (this.#assign(exchange, lease)) return
    }
  }

  /** False when the connection has ended since it was last looked at. */
  #assign(exchange: Exchange, lease: Lease<ClientConnection>): boolean {
    const connection = lease.resource
    if (!connection.isUsable) {
      connection.lose()
      lease.release()
      return false
    }
    connection.users++
    connection.expiresAt = Number.POSITIVE_INFINITY
    exchange.lend(lease, connection)
    this.#returns.begin(exchange)
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

  #wait(exchange: Exchange, fresh: boolean): void {
    const target = this.open.hold(exchange.target)
    target.queued++
    exchange.queuedFor = target
    const { signal } = exchange
    this.pool.acquire(target, fresh ? { signal, fresh } : { signal }).then(
      (lease) => this.#granted(exchange, lease, fresh),
      (error) => this.#refused(exchange, error),
    )
    exchange.announce()
  }

  #granted(exchange: Exchange, lease: Lease<ClientConnection>, fresh: boolean): void {
    this.#leaveQueue(exchange)
    this.#handover?.begin(lease.resource)
    if (exchange.isOver) lease.release()
    else if (!this.#assign(exchange, lease)) this.#wait(exchange, fresh)
  }

  #refused(exchange: Exchange, error: unknown): void {
    this.#leaveQueue(exchange)
    if (!exchange.isOver) this.#fail(exchange, dispatchError(error, this.open.destroyedWith))
  }

  #leaveQueue(exchange: Exchange): void {
    const target = exchange.queuedFor as DispatchTarget
    exchange.queuedFor = undefined
    target.queued--
    this.open.letGo(target)
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
        if (!this.#assign(exchange, lease)) this.#serve(exchange)
      }),
    )
  }

  /** The far end hung up before a byte of the answer. */
  #hungUp(exchange: Exchange, cause: Error): void {
    const { options, target } = exchange
    const reason = this.#whyNotAgain(exchange)
    this.#takeOff(exchange)
    if (reason === undefined) {
      this.#resent++
      exchange.resends++
      this.#wait(exchange, true)
      return
    }
    this.#stale++
    this.#fail(exchange, new StaleConnectionError(options.method, target.address, reason, cause))
  }

  #whyNotAgain(exchange: Exchange): string | undefined {
    if (!this.#options.resend) return 'the option resend is false'
    if (exchange.resends >= MAX_RESENDS) return `it was sent ${exchange.resends + 1} times already`
    return whyNotReplayed(exchange.options)
  }

  /** The connection is gone, and it was not this side that ended it. */
  #takeOff(exchange: Exchange): void {
    const { connection, lease } = exchange
    if (connection === undefined || lease === undefined) return
    exchange.lease = undefined
    connection.users--
    connection.lose()
    lease.release()
  }

  /** What is left on the connection would be taken for the answer to another request. */
  #destroy(exchange: Exchange, error: Error): void {
    const { connection, lease } = exchange
    if (connection === undefined || lease === undefined) return
    exchange.lease = undefined
    connection.users--
    lease.destroy(error)
  }

  /** Tells of it first: what the handler does then cannot have the connection, which undici is not done with. */
  #fail(exchange: Exchange, error: Error): void {
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

  begin(exchange: Exchange): void {
    exchange.connection?.client.dispatch(exchange.options, exchange as Dispatcher.DispatchHandler)
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
    if (!this.#handover?.keep(lease, connection)) this.#release(lease)
  }

  turnEnded(): void {
    if (this.#handover === undefined) return
    for (const lease of this.#handover.left()) this.#release(lease)
  }

  #release(lease: Lease<ClientConnection>): void {
    const { expiresAt } = lease.resource
    lease.release()
    this.open.note(expiresAt)
  }
}
