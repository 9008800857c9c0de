import { AsyncResource } from 'node:async_hooks'
import type net from 'node:net'
import {
  type Clock,
  type CloseReason,
  createKeyedPool,
  type FlushOptions,
  type KeyedPool,
  type Lease,
  systemClock,
} from '@millpond/core'
import { type Dispatcher, errors } from 'undici'
import { countOrigins } from '../agent/agent-stats.js'
import { ExpiryAlarm } from '../agent/expiry-alarm.js'
import { readOrigin } from '../agent/origin.js'
import { StaleConnectionError } from '../agent/stale-connection-error.js'
import { type ClientHost, clientAdapter } from './client-adapter.js'
import { ClientConnection, isHangUp } from './client-connection.js'
import { ConnectionGoneError } from './connection-gone-error.js'
import { dispatchError } from './dispatch-error.js'
import type { DispatchTarget } from './dispatch-target.js'
import { DispatchTargets } from './dispatch-targets.js'
import type { ResolvedDispatcherOptions } from './dispatcher-options.js'
import type { DispatcherStats } from './dispatcher-stats.js'
import type { Exchange, ExchangeOwner } from './exchange.js'
import { mayReplay, whyNotReplayed } from './replay.js'
import { Returns } from './returns.js'
import type { CreateSocketFor } from './socket-maker.js'
import { Traffic, type TrafficObserver } from './traffic.js'

/** Brings requests and connections together: the pool decides who gets one, an undici `Client` speaks on it. */
export class DispatcherCore implements ClientHost, ExchangeOwner {
  readonly pool: KeyedPool<DispatchTarget, ClientConnection>
  readonly targets = new DispatchTargets()
  readonly traffic: Traffic
  readonly createSocket: CreateSocketFor
  readonly pipelining: number
  readonly #options: ResolvedDispatcherOptions
  readonly #clock: Clock
  readonly #connections = new Set<ClientConnection>()
  readonly #expiry: ExpiryAlarm
  readonly #scope = new AsyncResource('MillpondDispatcher', { requireManualDestroy: true })
  readonly #returns: Returns
  #resent = 0
  #stale = 0
  /** What `destroy` was called with. */
  destroyedWith: Error | undefined

  /** Throws `InvalidOptionError` for what the pool refuses. */
  constructor(options: ResolvedDispatcherOptions, observer: TrafficObserver) {
    const { pool, createSocket } = options
    const { pipelining } = options.protocol
    this.#options = options
    this.#clock = pool.clock ?? systemClock
    this.createSocket = createSocket
    this.pipelining = pipelining
    this.#expiry = new ExpiryAlarm(this.#clock, this.#connections)
    this.pool = createKeyedPool<DispatchTarget, ClientConnection>({
      ...pool,
      key: (target) => target.key,
      adapter: (target) => clientAdapter(target, this),
    })
    const never = Number.POSITIVE_INFINITY
    this.traffic = new Traffic((pool.perKey ?? never) * pipelining, (pool.total ?? never) * pipelining, observer)
    this.#returns = new Returns(this.#clock, this.traffic, (exchange, since) => this.#giveBack(exchange, since))
  }

  /** Gives the request a connection now, or when one comes free. False when the next would have to wait. */
  dispatch(exchange: Exchange): boolean {
    this.settle()
    this.traffic.enter(exchange.target)
    this.#serve(exchange)
    return this.traffic.hasRoom(exchange.target)
  }

  /** Gives back the connections of the requests that are over. */
  settle(): void {
    this.#returns.settle()
  }

  stats(): DispatcherStats {
    this.settle()
    const held = [...this.targets.held()]
    const origins = new Map(held.map(({ key, origin }) => [key, origin]))
    const waiting = held.flatMap(({ origin, queued }) => Array<string>(queued).fill(origin))
    return {
      ...this.pool.stats(),
      origins: countOrigins(this.pool.connections(), waiting, (key) => origins.get(key) ?? key),
      resent: this.#resent,
      stale: this.#stale,
    }
  }

  flush(origin: string | URL | undefined, options: FlushOptions | undefined): void {
    this.settle()
    if (origin === undefined) {
      this.pool.flush(undefined, options)
      return
    }
    const wanted = readOrigin(origin)
    for (const target of [...this.targets.held()]) {
      if (target.origin === wanted) this.pool.flush(target, options)
    }
  }

  /** Resolves once nothing is left. */
  async end(closed: Promise<void>): Promise<void> {
    await closed
    this.#expiry.stop()
  }

  hold(target: DispatchTarget): DispatchTarget {
    return this.targets.hold(target)
  }

  letGo(target: DispatchTarget): void {
    this.targets.letGo(target)
  }

  adopt(socket: net.Socket, target: DispatchTarget): ClientConnection {
    const connection = new ClientConnection(socket, target, this.#options.protocol, (gone) => {
      if (this.#connections.delete(gone)) this.letGo(gone.target)
    })
    this.#connections.add(connection)
    return connection
  }

  endedBy(reason: CloseReason): Error {
    return this.destroyedWith ?? new errors.SocketError(`The pool has ended the connection: ${reason}`)
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
    const { connection, lease } = exchange
    if (!exchange.isSent) {
      this.#failedUnsent(exchange, error)
      return
    }
    const isGone = error instanceof ConnectionGoneError
    const hungUp = connection?.hungUp !== undefined && isHangUp(error)
    const isReused = lease?.reused || connection?.hasParked
    if (isGone || (hungUp && isReused && !exchange.isAnswered)) {
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
    if (abortedWith === undefined) this.#serve(exchange)
    else this.#fail(exchange, abortedWith.reason ?? new errors.RequestAbortedError())
  }

  #serve(exchange: Exchange): void {
    const { target } = exchange
    for (;;) {
      // Nobody overtakes those who wait.
      const lease = target.queued > 0 ? undefined : this.pool.tryAcquire(target)
      if (lease === undefined) {
        this.#wait(exchange, false)
        return
      }
      const connection = lease.resource
      if ((lease.reused || connection.hasParked) && !this.#isReplayable(exchange)) {
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
    connection.client.dispatch(exchange.options, exchange as Dispatcher.DispatchHandler)
    return true
  }

  #wait(exchange: Exchange, fresh: boolean): void {
    const target = this.targets.hold(exchange.target)
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
    if (exchange.isOver) lease.release()
    else if (!this.#assign(exchange, lease)) this.#wait(exchange, fresh)
  }

  #refused(exchange: Exchange, error: unknown): void {
    this.#leaveQueue(exchange)
    if (!exchange.isOver) this.#fail(exchange, dispatchError(error, this.destroyedWith))
  }

  #leaveQueue(exchange: Exchange): void {
    const target = exchange.queuedFor as DispatchTarget
    exchange.queuedFor = undefined
    target.queued--
    this.letGo(target)
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
      exchange.isResent = true
      this.#wait(exchange, true)
      return
    }
    this.#stale++
    this.#fail(exchange, new StaleConnectionError(options.method, target.address, reason, cause))
  }

  #whyNotAgain(exchange: Exchange): string | undefined {
    if (!this.#options.resend) return 'the option resend is false'
    return exchange.isResent ? 'it was sent twice already' : whyNotReplayed(exchange.options)
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

  #giveBack(exchange: Exchange, since: number): void {
    const { connection, lease } = exchange
    if (connection === undefined || lease === undefined) return
    exchange.lease = undefined
    connection.users--
    if (!connection.rest(since, this.#options.keepAliveMargin)) {
      lease.retire()
      return
    }
    const { expiresAt } = connection
    lease.release()
    if (expiresAt < this.#expiry.due) this.#scope.runInAsyncScope(() => this.#expiry.note(expiresAt))
  }
}
