import { AsyncResource } from 'node:async_hooks'
import type http from 'node:http'
import type net from 'node:net'
import type { Duplex } from 'node:stream'
import { type Clock, createKeyedPool, type FlushOptions, type KeyedPool, type Lease, systemClock } from '@millpond/core'
import { Chain } from '@millpond/core/kit'
import type { ResolvedAgentOptions } from './agent-options.js'
import { type AgentStats, countOrigins } from './agent-stats.js'
import type { RequestTarget } from './connection-options.js'
import { ExpiryAlarm } from './expiry-alarm.js'
import { shortenHost } from './host-header.js'
import { type AdapterHost, HttpAdapter } from './http-adapter.js'
import { type ConnectionOwner, HttpConnection } from './http-connection.js'
import type { CreateSocket } from './open-socket.js'
import { readOrigin } from './origin.js'
import { QueuedRequest } from './queued-request.js'
import { requestError } from './request-error.js'
import type { AgentRequest, AgentSocket, MutedRequest } from './request-internals.js'
import { isIdempotent, moveTimeout, rewind, takeOff, whyNotAgain } from './resend.js'
import { StaleConnectionError } from './stale-connection-error.js'
import type { Target } from './target.js'
import { SCHEME_PORT, Targets } from './targets.js'

/** What of an agent may be overridden, and how it tells the keys of its TLS connections. */
export interface AgentHooks {
  createConnection(options: object, callback: (error: Error | null, stream: Duplex) => void): Duplex | null | undefined
  keepSocketAlive(socket: Duplex): boolean
  reuseSocket(socket: Duplex, request: http.ClientRequest): void
  listenerCount(event: 'keylog'): number
  emit(event: 'keylog', line: Buffer, socket: net.Socket): boolean
}

const connectionOf: unique symbol = Symbol('millpond.connection')

interface OwnSocket extends AgentSocket {
  [connectionOf]?: HttpConnection
}

/** What the present user of a socket is, for async hooks. */
class HttpRequestScope {}

/** Brings requests and connections together: the pool decides who gets one, `ClientRequest` speaks on it. */
export class AgentCore implements ConnectionOwner, AdapterHost {
  readonly pool: KeyedPool<Target, net.Socket>
  readonly targets: Targets
  readonly connections = new Set<HttpConnection>()
  readonly queue = new Chain<QueuedRequest>()
  readonly #hooks: AgentHooks
  readonly #options: ResolvedAgentOptions
  readonly #clock: Clock
  readonly #expiry: ExpiryAlarm
  readonly #scope = new AsyncResource('MillpondAgent', { requireManualDestroy: true })
  #resent = 0
  #stale = 0

  /** Throws `InvalidOptionError` for what the pool refuses. */
  constructor(options: ResolvedAgentOptions, hooks: AgentHooks) {
    this.#options = options
    this.#hooks = hooks
    this.#clock = options.pool.clock ?? systemClock
    this.targets = new Targets(options.connection)
    this.#expiry = new ExpiryAlarm(this.#clock, this.connections)
    this.pool = createKeyedPool<Target, net.Socket>({
      ...options.pool,
      key: (target) => target.key,
      adapter: (target) => new HttpAdapter(target, this),
    })
  }

  /** Gives the request a connection now, or when one comes free. */
  serve(request: AgentRequest, options: RequestTarget): void {
    const target = this.targets.of(request, options)
    if (options.port !== SCHEME_PORT) shortenHost(request, options, target)
    for (;;) {
      // Nobody overtakes those who wait.
      const lease = target.queued > 0 ? undefined : this.pool.tryAcquire(target)
      if (lease === undefined) {
        this.#enqueue(request, target, undefined)
        return
      }
      if (this.#mustLook(request, lease)) {
        this.#lookFirst(request, options, lease)
        return
      }
      if (this.#assign(request, lease)) return
    }
  }

  /** What the server has said of how long it keeps the connection; false when it may not be used again. */
  heedHint(socket: AgentSocket): boolean {
    const connection = (socket as OwnSocket)[connectionOf]
    const request = socket._httpMessage
    if (connection === undefined || !request) return true
    return connection.heedHint(request as AgentRequest, this.#options.keepAliveMargin)
  }

  stats(): AgentStats {
    const origins = new Map(Array.from(this.targets.held(), ({ key, origin }) => [key, origin]))
    const waiting = Array.from(this.queue, ({ target }) => target.origin)
    return {
      ...this.pool.stats(),
      origins: countOrigins(this.pool.connections(), waiting, (key) => origins.get(key) ?? key),
      resent: this.#resent,
      stale: this.#stale,
    }
  }

  flush(origin: string | URL | undefined, options: FlushOptions | undefined): void {
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

  hold(target: Target): Target {
    return this.targets.hold(target)
  }

  letGo(target: Target): void {
    this.targets.letGo(target)
  }

  createSocket(target: Target): CreateSocket {
    return (done) => {
      const hooks = this.#hooks
      const socket = hooks.createConnection(target.createOptions(), done as () => void) as net.Socket | null | undefined
      if (socket && target.secure && hooks.listenerCount('keylog') > 0) {
        socket.on('keylog', (line) => hooks.emit('keylog', line, socket))
      }
      return socket
    }
  }

  adopt(socket: net.Socket, target: Target): void {
    const connection = new HttpConnection(socket, target, this)
    ;(socket as OwnSocket)[connectionOf] = connection
    this.connections.add(connection)
  }

  connectionOf(socket: net.Socket): HttpConnection {
    return (socket as OwnSocket)[connectionOf] as HttpConnection
  }

  gone(connection: HttpConnection): void {
    if (this.connections.delete(connection)) this.letGo(connection.target)
  }

  freed(connection: HttpConnection): void {
    const { lease, socket } = connection
    if (lease === undefined) return
    if (connection.isDead) {
      connection.lose()
      return
    }
    connection.restsSince = this.#clock.now()
    const isKept = this.#isReusable(socket, socket._httpMessage)
    connection.lease = undefined
    socket._httpMessage = null
    if (socket.timeout) socket.setTimeout(0)
    if (!isKept) {
      lease.retire()
      return
    }
    const { expiresAt } = connection
    lease.release()
    if (expiresAt < this.#expiry.due) this.#scope.runInAsyncScope(() => this.#expiry.note(expiresAt))
  }

  hungUp(connection: HttpConnection, request: AgentRequest, cause: Error): void {
    const { socket, target } = connection
    const reason = this.#options.resend ? whyNotAgain(request) : 'the option resend is false'
    takeOff(request, socket)
    connection.lose()
    if (reason !== undefined) {
      this.#stale++
      request.onSocket(null, new StaleConnectionError(request.method, target.address, reason, cause))
      return
    }
    this.#resent++
    rewind(request)
    this.#enqueue(request, target, socket)
  }

  /** `before` is the socket on which it was sent in vain. */
  #enqueue(request: AgentRequest, target: Target, before: net.Socket | undefined): void {
    const queued = new QueuedRequest(request, this.targets.hold(target))
    this.queue.append(queued.place)
    queued.target.queued++
    const options = before === undefined ? { signal: queued.signal } : { signal: queued.signal, fresh: true }
    this.pool.acquire(target, options).then(
      (lease) => {
        this.#dequeue(queued)
        if (!this.#assign(request, lease)) this.#enqueue(request, target, before)
        else if (before !== undefined) moveTimeout(request, before, lease.resource)
      },
      (error) => {
        this.#dequeue(queued)
        request.onSocket(null, queued.aborted ? undefined : requestError(error))
      },
    )
  }

  #dequeue(queued: QueuedRequest): void {
    this.queue.remove(queued.place)
    queued.target.queued--
    if (!queued.aborted) queued.end()
    this.letGo(queued.target)
  }

  /** A request that cannot be sent again is not entrusted to a connection of which nothing was heard for long. */
  #mustLook(request: AgentRequest, lease: Lease<net.Socket>): boolean {
    if (isIdempotent(request)) return false
    const connection = this.connectionOf(lease.resource)
    return (lease.reused || connection.wasIdle) && connection.hasRested(this.#clock)
  }

  /** Has the event loop poll the network first: the server's end may have come already, and not have been noticed. The
   * first turn may be one whose events were collected before this call. */
  #lookFirst(request: AgentRequest, options: RequestTarget, lease: Lease<net.Socket>): void {
    const connection = this.connectionOf(lease.resource)
    connection.lend(lease)
    setImmediate(() =>
      setImmediate(() => {
        const isThere = connection.lease === lease && this.#assign(request, lease)
        if (!isThere) this.serve(request, options)
      }),
    )
  }

  /** False when the connection has ended since it was last looked at. Asked here, and not by the pool (`isUsable`), it
   * is asked of a waiting request's connection as well at the last moment. */
  #assign(request: AgentRequest, lease: Lease<net.Socket>): boolean {
    const socket = lease.resource as OwnSocket
    const connection = socket[connectionOf] as HttpConnection
    if (!connection.isUsable(this.#clock)) {
      connection.lease = lease
      connection.lose()
      return false
    }
    connection.lend(lease)
    if (connection.reused) this.#hooks.reuseSocket(socket, request as unknown as http.ClientRequest)
    else request.reusedSocket = false
    // What the socket emits is the request's, so it runs in the request's async context, as with Node's agent.
    socket._handle?.asyncReset?.(new HttpRequestScope())
    request.onSocket(socket)
    const timeout = request.timeout ?? this.#options.timeout
    if (timeout !== undefined) socket.setTimeout(timeout)
    return true
  }

  #isReusable(socket: AgentSocket, request: AgentRequest | MutedRequest | null | undefined): boolean {
    if (!socket.writable || socket.readableLength > 0) return false
    // Without a request, it was destroyed before it had touched the socket.
    if (!request) return true
    return (request as AgentRequest).shouldKeepAlive && this.#hooks.keepSocketAlive(socket)
  }
}
