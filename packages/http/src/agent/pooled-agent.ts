import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { CloseOptions, ConnectionInfo, FlushOptions } from '@millpond/core'
import { AgentCore } from './agent-core.js'
import { type AgentOptions, resolveAgentOptions } from './agent-options.js'
import type { AgentStats } from './agent-stats.js'
import { callingScheme } from './calling-scheme.js'
import type { RequestTarget } from './connection-options.js'
import { type AgentEvents, EventBridge } from './event-bridge.js'
import type { AgentRequest, AgentSocket } from './request-internals.js'
import type { Target } from './target.js'
import { isSecure, SCHEME_PORT } from './targets.js'

/** An `http.Agent` and `https.Agent` on a pool for each origin. What it inherits is its face; what it does, its core. */
export class PooledAgent extends https.Agent implements AsyncDisposable {
  /** `ClientRequest` reads it: connections are kept. */
  readonly keepAlive = true
  readonly #core: AgentCore
  readonly #events: EventBridge<Target, net.Socket>

  /** `createAgent` is the way to make one; Node does so, without options, for `agent: false` where this is the global
   * agent. Throws `InvalidOptionError`. */
  constructor(given?: AgentOptions) {
    const options = resolveAgentOptions(given)
    const { connection, pool, timeout, maxCachedSessions } = options
    super({
      ...connection,
      keepAlive: true,
      maxCachedSessions,
      ...(timeout === undefined ? {} : { timeout }),
    } as https.AgentOptions)
    // Node's own listeners would keep sockets in lists of their own.
    super.removeAllListeners()
    this.#core = new AgentCore(options, this)
    this.maxSockets = pool.perKey ?? Number.POSITIVE_INFINITY
    this.maxTotalSockets = pool.total ?? Number.POSITIVE_INFINITY
    this.maxFreeSockets = pool.idle?.max ?? Number.POSITIVE_INFINITY
    this.#events = new EventBridge(this.#core.pool, this)
    this.#listenToListeners()
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

  /** Called by `ClientRequest`; with a host and a port, in the form of Node 0.x that Node's agent still takes. */
  addRequest(request: http.ClientRequest, options: object | string, port?: number, localAddress?: string): void {
    const asked = typeof options === 'string' ? { host: options, port, localAddress } : options
    this.#core.serve(request as unknown as AgentRequest, asked as RequestTarget)
  }

  /** As Node's agent names it: host, port, local address, and what else keeps connections apart. */
  override getName(options: RequestTarget = {}): string {
    return this.#core.targets.nameOf(options)
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
    return this.#core.heedHint(socket as AgentSocket)
  }

  /** Told when a request gets a socket that has carried others. */
  override reuseSocket(_socket: Duplex, request: http.ClientRequest): void {
    request.reusedSocket = true
  }

  /** Counts and totals of the pool, and the present counts of each origin. */
  stats(): AgentStats {
    return this.#core.stats()
  }

  /** Snapshots of all connections, with the `key` they are kept under. */
  connections(): Iterable<ConnectionInfo> {
    return this.#core.pool.connections()
  }

  /** Begins a new generation for one origin, or for all: what is open carries no further request. For new addresses or
   * certificates. Throws `InvalidOptionError` for what is no http or https URL. */
  flush(origin?: string | URL, options?: FlushOptions): void {
    this.#core.flush(origin, options)
  }

  /** Takes no more requests; queued ones fail, or with `waiters: 'serve'` are served; those under way finish, until the
   * deadline (30 000 ms). Resolves when every socket is closed. */
  close(options?: CloseOptions): Promise<void> {
    return this.#core.end(this.#core.pool.close(options))
  }

  /** Fails every request, and ends every connection now. Unlike Node's, the agent takes no more requests. */
  override destroy(error?: Error): Promise<void> {
    return this.#core.end(this.#core.pool.destroy(error))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  override on<E extends keyof AgentEvents>(event: E, listener: AgentEvents[E]): this
  override on(event: string | symbol, listener: (...args: never[]) => void): this
  override on(event: string | symbol, listener: (...args: never[]) => void): this {
    return super.on(event, listener as () => void)
  }

  override once<E extends keyof AgentEvents>(event: E, listener: AgentEvents[E]): this
  override once(event: string | symbol, listener: (...args: never[]) => void): this
  override once(event: string | symbol, listener: (...args: never[]) => void): this {
    return super.once(event, listener as () => void)
  }

  override off<E extends keyof AgentEvents>(event: E, listener: AgentEvents[E]): this
  override off(event: string | symbol, listener: (...args: never[]) => void): this
  override off(event: string | symbol, listener: (...args: never[]) => void): this {
    return super.off(event, listener as () => void)
  }

  override removeAllListeners(event?: string | symbol): this {
    if (event === undefined) super.removeAllListeners()
    else super.removeAllListeners(event)
    if (event === undefined || event === 'newListener' || event === 'removeListener') {
      this.#listenToListeners()
      this.#events.recount()
    }
    return this
  }

  #listenToListeners(): void {
    const { listen, unlisten } = this.#events
    super.off('newListener', listen).off('removeListener', unlisten)
    super.on('newListener', listen).on('removeListener', unlisten)
  }

  #sockets(inUse: boolean): NodeJS.ReadOnlyDict<net.Socket[]> {
    const shown = [...this.#core.connections].filter(
      ({ lease, socket }) => !socket.destroyed && (lease !== undefined) === inUse,
    )
    return byName(shown, ({ socket }) => socket)
  }

  #requests(): NodeJS.ReadOnlyDict<http.ClientRequest[]> {
    return byName(this.#core.queue, ({ request }) => request as unknown as http.ClientRequest)
  }

  static {
    // Accessors where Node's agent has fields, which its constructor sets: snapshots of what the pool knows.
    const snapshot = (read: (agent: PooledAgent) => unknown): PropertyDescriptor => ({
      configurable: true,
      get(this: PooledAgent) {
        return read(this)
      },
      set() {},
    })
    Object.defineProperties(PooledAgent.prototype, {
      sockets: snapshot((agent) => agent.#sockets(true)),
      freeSockets: snapshot((agent) => agent.#sockets(false)),
      requests: snapshot((agent) => agent.#requests()),
      totalSocketCount: snapshot((agent) => agent.#core.connections.size),
    })
  }
}

function byName<T extends { readonly target: Target }, V>(
  all: Iterable<T>,
  value: (one: T) => V,
): NodeJS.ReadOnlyDict<V[]> {
  const named: NodeJS.Dict<V[]> = Object.create(null)
  for (const one of all) {
    const list = named[one.target.name] ?? []
    list.push(value(one))
    named[one.target.name] = list
  }
  return named
}
