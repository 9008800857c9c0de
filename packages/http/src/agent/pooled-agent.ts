import { AsyncResource } from 'node:async_hooks'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import {
  type Clock,
  type CloseOptions,
  type ConnectionInfo,
  createKeyedPool,
  type FlushOptions,
  InvalidOptionError,
  type KeyedPool,
  type Lease,
  type PoolEvents,
  systemClock,
} from '@millpond/core'
import type { ResolvedAgentOptions } from './agent-options.js'
import { type AgentStats, countOrigins } from './agent-stats.js'
import { callingScheme } from './calling-scheme.js'
import type { CreateOptions, RequestTarget } from './connection-options.js'
import { ExpiryAlarm } from './expiry-alarm.js'
import { type AdapterHost, httpAdapter } from './http-adapter.js'
import { type ConnectionOwner, HttpConnection } from './http-connection.js'
import type { CreateSocket } from './open-socket.js'
import { QueuedRequest } from './queued-request.js'
import { requestError } from './request-error.js'
import type { AgentRequest, AgentSocket, MutedRequest } from './request-internals.js'
import { moveTimeout, rewind, takeOff, whyNotAgain } from './resend.js'
import { StaleConnectionError } from './stale-connection-error.js'
import { formatOrigin, type Target } from './target.js'
import { isSecure, SCHEME_PORT, Targets } from './targets.js'

type Events = PoolEvents<net.Socket>

const poolEvents: ReadonlySet<string | symbol> = new Set<keyof Events>([
  'connecting',
  'connect',
  'connectError',
  'transition',
  'retire',
  'disconnect',
  'acquiring',
  'acquire',
  'acquireError',
  'release',
  'pause',
  'resume',
  'flush',
  'quiet',
  'close',
  'slow',
  'leak',
  'stall',
  'misuse',
  'error',
])

const connectionOf: unique symbol = Symbol('millpond.connection')

interface OwnSocket extends AgentSocket {
  [connectionOf]?: HttpConnection
}

/** The resource that the present user of a socket is, for async hooks. */
class HttpRequestScope {}

/**
 * An `http.Agent` and `https.Agent` on a pool for each origin. What it inherits is its face; connections, queues and
 * limits are the pool's.
 */
export class PooledAgent extends https.Agent implements ConnectionOwner, AdapterHost, AsyncDisposable {
  /** `ClientRequest` reads it: connections are kept. */
  readonly keepAlive = true
  readonly #pool: KeyedPool<Target, net.Socket>
  readonly #own: ResolvedAgentOptions
  readonly #clock: Clock
  readonly #targets: Targets
  readonly #connections = new Set<HttpConnection>()
  readonly #queue = new Set<QueuedRequest>()
  readonly #expiry: ExpiryAlarm
  readonly #scope = new AsyncResource('MillpondAgent', { requireManualDestroy: true })
  readonly #bridges = new Map<string | symbol, (event: unknown) => void>()
  #resent = 0
  #stale = 0

  constructor(options: ResolvedAgentOptions) {
    const { connection, pool, timeout, maxCachedSessions } = options
    super({
      ...connection,
      keepAlive: true,
      maxCachedSessions,
      ...(timeout === undefined ? {} : { timeout }),
    } as https.AgentOptions)
    // Node's own listeners would keep sockets in lists of their own.
    super.removeAllListeners()
    this.maxSockets = pool.perKey ?? Number.POSITIVE_INFINITY
    this.maxTotalSockets = pool.total ?? Number.POSITIVE_INFINITY
    this.maxFreeSockets = pool.idle?.max ?? Number.POSITIVE_INFINITY
    this.#own = options
    this.#clock = pool.clock ?? systemClock
    this.#targets = new Targets(connection)
    this.#expiry = new ExpiryAlarm(this.#clock, this.#connections)
    this.#pool = createKeyedPool<Target, net.Socket>({
      ...pool,
      key: (target) => target.key,
      adapter: (target) => httpAdapter(target, this),
    })
    this.#bridgeEvents()
  }

  /** For `ClientRequest`: none, which means that of `http.request` or `https.request`. As a global agent it is asked for
   * both, and has to know for which. */
  get protocol(): string | undefined {
    return http.globalAgent === this || https.globalAgent === this ? callingScheme() : undefined
  }

  set protocol(_: unknown) {}

  /** For `ClientRequest`: a number that stands for the scheme's own port, known when the request arrives here. */
  get defaultPort(): number {
    return SCHEME_PORT
  }

  set defaultPort(_: unknown) {}

  /** Called by `ClientRequest`. */
  addRequest(request: AgentRequest, options: RequestTarget | string, port?: number, localAddress?: string): void {
    // The form of Node 0.x, which Node's agent still takes.
    const asked = typeof options === 'string' ? ({ host: options, port, localAddress } as RequestTarget) : options
    const target = this.#targets.of(request, asked)
    if (asked.port !== SCHEME_PORT) shortenHost(request, asked, target)
    for (;;) {
      // Nobody overtakes those who wait.
      const lease = target.queued > 0 ? undefined : this.#pool.tryAcquire(target)
      if (lease === undefined) {
        this.#enqueue(request, target, undefined)
        return
      }
      if (this.#assign(request, lease)) return
    }
  }

  /** As Node's agent names it: host, port, local address, and what else keeps connections apart. */
  override getName(options: RequestTarget = {}): string {
    return this.#targets.nameOf(options)
  }

  /** Opens a socket; override it for another way there. What it gives, or calls back with, is kept like any other. */
  override createConnection(
    options: object,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    if (isSecure(options as RequestTarget)) return super.createConnection(options as https.RequestOptions, callback)
    return net.createConnection(options as net.NetConnectOpts)
  }

  /** Asked when a request is done with a socket: false closes it. By default, what the server said of it. */
  override keepSocketAlive(socket: Duplex): boolean {
    const connection = (socket as OwnSocket)[connectionOf]
    const request = (socket as OwnSocket)._httpMessage
    if (connection === undefined || !request) return true
    return connection.heedHint(request as AgentRequest, this.#own.keepAliveMargin, this.#clock)
  }

  /** Told when a request gets a socket that has carried others. */
  override reuseSocket(_socket: Duplex, request: http.ClientRequest): void {
    request.reusedSocket = true
  }

  /** Counts and totals of the pool, and the present counts of each origin. */
  stats(): AgentStats {
    const origins = new Map(Array.from(this.#targets.held(), ({ key, origin }) => [key, origin]))
    const waiting = Array.from(this.#queue, ({ target }) => target.origin)
    return {
      ...this.#pool.stats(),
      origins: countOrigins(this.#pool.connections(), waiting, (key) => origins.get(key) ?? key),
      resent: this.#resent,
      stale: this.#stale,
    }
  }

  /** Snapshots of all connections, with the `key` they are kept under. */
  connections(): Iterable<ConnectionInfo> {
    return this.#pool.connections()
  }

  /** Begins a new generation for one origin, or for all: what is open carries no further request. For new addresses or
   * certificates. Throws `InvalidOptionError` for what is no http or https URL. */
  flush(origin?: string | URL, options?: FlushOptions): void {
    if (origin === undefined) {
      this.#pool.flush(undefined, options)
      return
    }
    const wanted = readOrigin(origin)
    for (const target of [...this.#targets.held()]) {
      if (target.origin === wanted) this.#pool.flush(target, options)
    }
  }

  /** Takes no more requests; queued ones fail, or with `waiters: 'serve'` are served; those under way finish, until the
   * deadline (30 000 ms). Resolves when every socket is closed. */
  async close(options?: CloseOptions): Promise<void> {
    await this.#pool.close(options)
    this.#expiry.stop()
  }

  /** Fails every request, and ends every connection now. Unlike Node's, the agent takes no more requests. */
  override async destroy(error?: Error): Promise<void> {
    await this.#pool.destroy(error)
    this.#expiry.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  override on<E extends keyof Events>(event: E, listener: Events[E]): this
  override on(event: string | symbol, listener: (...args: never[]) => void): this
  override on(event: string | symbol, listener: (...args: never[]) => void): this {
    return super.on(event, listener as () => void)
  }

  override once<E extends keyof Events>(event: E, listener: Events[E]): this
  override once(event: string | symbol, listener: (...args: never[]) => void): this
  override once(event: string | symbol, listener: (...args: never[]) => void): this {
    return super.once(event, listener as () => void)
  }

  override off<E extends keyof Events>(event: E, listener: Events[E]): this
  override off(event: string | symbol, listener: (...args: never[]) => void): this
  override off(event: string | symbol, listener: (...args: never[]) => void): this {
    return super.off(event, listener as () => void)
  }

  override removeAllListeners(event?: string | symbol): this {
    if (event === undefined) super.removeAllListeners()
    else super.removeAllListeners(event)
    if (event === undefined || event === 'newListener' || event === 'removeListener') {
      this.#bridgeEvents()
      for (const bridged of [...this.#bridges.keys()]) this.#unbridge(bridged)
    }
    return this
  }

  // What follows is for the parts of the agent, and not in the declared face.

  /** @internal */
  hold(target: Target): Target {
    return this.#targets.hold(target)
  }

  /** @internal */
  letGo(target: Target): void {
    this.#targets.letGo(target)
  }

  /** @internal */
  createSocket(target: Target): CreateSocket {
    return (done) => {
      const options: CreateOptions = target.createOptions()
      const socket = this.createConnection(options, done as () => void) as net.Socket | null | undefined
      if (socket && target.secure && this.listenerCount('keylog') > 0) {
        socket.on('keylog', (line) => this.emit('keylog', line, socket))
      }
      return socket
    }
  }

  /** @internal */
  adopt(socket: net.Socket, target: Target): void {
    const connection = new HttpConnection(socket, target, this)
    ;(socket as OwnSocket)[connectionOf] = connection
    this.#connections.add(connection)
  }

  /** @internal */
  connectionOf(socket: net.Socket): HttpConnection {
    return (socket as OwnSocket)[connectionOf] as HttpConnection
  }

  /** @internal */
  gone(connection: HttpConnection): void {
    if (this.#connections.delete(connection)) this.letGo(connection.target)
  }

  /** @internal */
  freed(connection: HttpConnection): void {
    const { lease, socket } = connection
    if (lease === undefined) return
    if (connection.isDead) {
      connection.lose()
      return
    }
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

  /** @internal */
  hungUp(connection: HttpConnection, request: AgentRequest, cause: Error): void {
    const { socket, target } = connection
    const reason = this.#own.resend ? whyNotAgain(request) : 'the option resend is false'
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
    const queued = new QueuedRequest(request, this.#targets.hold(target))
    this.#queue.add(queued)
    queued.target.queued++
    const options = before === undefined ? { signal: queued.signal } : { signal: queued.signal, fresh: true }
    this.#pool.acquire(target, options).then(
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
    this.#queue.delete(queued)
    queued.target.queued--
    if (!queued.aborted) queued.end()
    this.letGo(queued.target)
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
    if (connection.reused) this.reuseSocket(socket, request as unknown as http.ClientRequest)
    else request.reusedSocket = false
    // What the socket emits is the request's, so it runs in the request's async context, as with Node's agent.
    socket._handle?.asyncReset?.(new HttpRequestScope())
    request.onSocket(socket)
    const timeout = request.timeout ?? this.#own.timeout
    if (timeout !== undefined) socket.setTimeout(timeout)
    return true
  }

  #isReusable(socket: AgentSocket, request: AgentRequest | MutedRequest | null | undefined): boolean {
    if (!socket.writable || socket.readableLength > 0) return false
    // Without a request, it was destroyed before it had touched the socket.
    if (!request) return true
    return (request as AgentRequest).shouldKeepAlive && this.keepSocketAlive(socket)
  }

  /** The pool's events are the agent's: it listens to those that somebody listens to here. */
  #bridgeEvents(): void {
    super.off('newListener', this.#bridge).off('removeListener', this.#unbridge)
    super.on('newListener', this.#bridge).on('removeListener', this.#unbridge)
  }

  readonly #bridge = (event: string | symbol) => {
    if (!poolEvents.has(event) || this.#bridges.has(event)) return
    const bridge = (payload: unknown) => this.emit(event, payload)
    this.#bridges.set(event, bridge)
    this.#pool.on(event as keyof Events, bridge)
  }

  readonly #unbridge = (event: string | symbol) => {
    const bridge = this.#bridges.get(event)
    if (bridge === undefined || this.listenerCount(event) > 0) return
    this.#bridges.delete(event)
    this.#pool.off(event as keyof Events, bridge)
  }

  #socketsOf(inUse: boolean): NodeJS.ReadOnlyDict<net.Socket[]> {
    const byName: NodeJS.Dict<net.Socket[]> = Object.create(null)
    for (const { lease, socket, target } of this.#connections) {
      if ((lease !== undefined) !== inUse || socket.destroyed) continue
      byName[target.name] ??= []
      byName[target.name]?.push(socket)
    }
    return byName
  }

  #requestsWaiting(): NodeJS.ReadOnlyDict<http.ClientRequest[]> {
    const byName: NodeJS.Dict<http.ClientRequest[]> = Object.create(null)
    for (const { request, target } of this.#queue) {
      byName[target.name] ??= []
      byName[target.name]?.push(request as unknown as http.ClientRequest)
    }
    return byName
  }

  static {
    // Accessors where Node's agent has fields, which its constructor sets: snapshots of what the pool knows.
    const snapshot = (get: (agent: PooledAgent) => unknown): PropertyDescriptor => ({
      configurable: true,
      get(this: PooledAgent) {
        return get(this)
      },
      set() {},
    })
    Object.defineProperties(PooledAgent.prototype, {
      sockets: snapshot((agent) => agent.#socketsOf(true)),
      freeSockets: snapshot((agent) => agent.#socketsOf(false)),
      requests: snapshot((agent) => agent.#requestsWaiting()),
      totalSocketCount: snapshot((agent) => agent.#connections.size),
    })
  }
}

/**
 * `ClientRequest` leaves the port out of the Host header where it is the agent's default, which is not known to it here:
 * `https.request({ port: 443 })` would say `Host: example.org:443`.
 */
function shortenHost(request: AgentRequest, options: RequestTarget, target: Target): void {
  if (target.port !== (target.secure ? 443 : 80)) return
  const { headers, setHost } = options as http.RequestOptions
  if (setHost === false || request._header !== null || Array.isArray(headers)) return
  if (headers !== undefined && Object.keys(headers).some((name) => name.toLowerCase() === 'host')) return
  const host = request.getHeader('host')
  const suffix = `:${target.port}`
  if (typeof host === 'string' && host.endsWith(suffix)) request.setHeader('Host', host.slice(0, -suffix.length))
}

function readOrigin(origin: string | URL): string {
  const allowed = 'an http or https URL'
  let url: URL
  try {
    url = new URL(origin)
  } catch {
    throw new InvalidOptionError('origin', origin, allowed)
  }
  const secure = url.protocol === 'https:'
  if (!secure && url.protocol !== 'http:') throw new InvalidOptionError('origin', origin, allowed)
  const host = url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname
  return formatOrigin(secure, host, Number(url.port || (secure ? 443 : 80)))
}
