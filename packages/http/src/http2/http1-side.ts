import https from 'node:https'
import type net from 'node:net'
import { type Duplex, pipeline } from 'node:stream'
import tls from 'node:tls'
import { type Clock, systemClock } from '@millpond/core'
import type { AgentOptions } from '../agent/agent-options.js'
import { PooledAgent } from '../agent/pooled-agent.js'
import type { Call } from './call.js'
import type { Http2Response } from './http2-response.js'
import type { Destination } from './http2-target.js'
import type { Transport, Transports } from './transport.js'

/** ms for which an origin that has chosen HTTP/1.1 is not asked again whether it knows HTTP/2. */
const REMEMBERED = 600_000
/** Origins remembered. */
const MOST = 1_000
/** ms: the pool's own. */
const CONNECT_TIMEOUT = 10_000
/** ms within which the requests that waited for a session have asked for the socket instead. */
const PARKED = 1_000

/** What is known of an origin that has chosen HTTP/1.1. */
interface Http1Origin {
  readonly until: number
  readonly transport: Transport
  /** Offered by its connections, and by which they are told to be its own. */
  readonly protocols: readonly string[]
  /** On which HTTP/1.1 was chosen, and nothing asked yet. */
  readonly parked: Set<net.Socket>
}

/** Speaks HTTP/1.1 with the origins that choose it, on the very sockets on which they do, and then on an agent's. */
export class Http1Side {
  readonly agent: PooledAgent
  readonly #transports: Transports
  readonly #clock: Clock
  readonly #known = new Map<string, Http1Origin>()
  readonly #byProtocols = new WeakMap<object, Http1Origin>()
  readonly #awaiting = new Map<string, Set<() => void>>()
  /** Stops the timer of a parked socket. */
  readonly #untimed = new WeakMap<net.Socket, () => void>()
  #opened = 0
  readonly #opening = new Set<AbortController>()
  readonly #connectTimeout: number
  #hasEnded = false

  constructor(options: AgentOptions, transports: Transports) {
    this.#transports = transports
    this.#clock = options.clock ?? systemClock
    this.#connectTimeout = options.connect?.timeout ?? CONNECT_TIMEOUT
    // The agent opens no sockets by itself; without a context it would make one for each origin.
    this.agent = new PooledAgent({ ...options, secureContext: tls.createSecureContext({ ca: [] }) })
    this.agent.createConnection = (asked, done) => this.#connect(asked, done)
  }

  isKnown({ key }: Destination): boolean {
    if (this.#known.size === 0) return false
    const known = this.#known.get(key)
    return known !== undefined && this.#clock.now() < known.until
  }

  /** The destination has chosen HTTP/1.1 on this socket: it is kept for a moment for whoever waited for a session. */
  found(destination: Destination, socket: net.Socket): void {
    const { parked } = this.#remember(destination, this.#clock.now() + REMEMBERED)
    if (this.#hasEnded) {
      socket.destroy()
      return
    }
    parked.add(socket)
    const timer = this.#clock.setTimeout(() => socket.destroy(), PARKED)
    this.#clock.unref?.(timer)
    socket.once('close', () => {
      this.#clock.clearTimeout(timer)
      parked.delete(socket)
    })
    this.#untimed.set(socket, () => this.#clock.clearTimeout(timer))
    for (const tell of [...(this.#awaiting.get(destination.key) ?? [])]) tell()
  }

  /** Calls back when the destination chooses HTTP/1.1. Returns how to stop. */
  whenFound({ key }: Destination, found: () => void): () => void {
    const awaiting = this.#awaiting.get(key) ?? new Set()
    this.#awaiting.set(key, awaiting.add(found))
    return () => {
      awaiting.delete(found)
      if (awaiting.size === 0 && this.#awaiting.get(key) === awaiting) this.#awaiting.delete(key)
    }
  }

  /** Resolves when the answer begins. */
  send(destination: Destination, call: Call): Promise<Http2Response> {
    const { method, path, headers, body } = call.asked
    // Not known to have chosen it: the peer wants it for this request alone.
    const { protocols } = this.#known.get(destination.key) ?? this.#remember(destination, 0)
    return new Promise((resolve, reject) => {
      if (call.gaveUp !== undefined) throw call.gaveUp
      // Before there is a request that would have to be ended: a function may throw.
      const source = body.stream()
      const request = https.request({
        agent: this.agent,
        host: destination.host,
        port: destination.port,
        method,
        path,
        headers: headers as never,
        ...destination.tls,
        ...({ ALPNProtocols: protocols } as tls.ConnectionOptions),
      })
      call.current = { abort: (error) => request.destroy(error) }
      request.on('error', (error) => reject(call.gaveUp ?? error))
      request.on('close', () => call.end())
      request.on('response', (response) => {
        call.answered()
        call.current = { abort: (error) => response.destroy(error) }
        // As Node's own: one that nobody reads is nobody's failure.
        response.on('error', ignore)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: response,
          get trailers() {
            return response.trailers
          },
          httpVersion: '1.1',
          reused: request.reusedSocket,
        })
      })
      if (source === undefined) request.end(body.bytes)
      else pipeline(source, request, ignore)
    })
  }

  /** What is known of the origins may have changed. */
  forget(key?: string): void {
    for (const known of key === undefined ? this.#known.values() : [this.#known.get(key) ?? []].flat()) {
      for (const socket of known.parked) socket.destroy()
    }
    if (key === undefined) this.#known.clear()
    else this.#known.delete(key)
  }

  /** Nothing is kept or opened from here on. */
  end(): void {
    this.#hasEnded = true
    this.forget()
    for (const aborter of this.#opening) aborter.abort()
  }

  #remember(destination: Destination, until: number): Http1Origin {
    const { key } = destination
    const before = this.#known.get(key)
    const protocols = before?.protocols ?? ['http/1.1']
    const known: Http1Origin = {
      until,
      transport: before?.transport ?? this.#transports.to(destination, protocols, destination.tls),
      protocols,
      parked: before?.parked ?? new Set(),
    }
    this.#known.delete(key)
    this.#known.set(key, known)
    this.#byProtocols.set(protocols, known)
    const oldest = this.#known.keys().next()
    if (this.#known.size > MOST && oldest.done === false) this.forget(oldest.value)
    return known
  }

  /** For the agent: a socket that is parked, or a new one. */
  #connect(asked: object, done?: (error: Error | null, stream: Duplex) => void): Duplex | undefined {
    const { ALPNProtocols } = asked as { ALPNProtocols: object }
    const origin = this.#byProtocols.get(ALPNProtocols) as Http1Origin
    for (const socket of origin.parked) {
      origin.parked.delete(socket)
      this.#untimed.get(socket)?.()
      if (!socket.destroyed && socket.readable) return socket
    }
    this.#open(origin.transport).then(
      (socket) => done?.(null, socket),
      (error) => done?.(error, undefined as never),
    )
    return undefined
  }

  /** The agent does not tell when it gives an open up, so that its deadline is kept here as well. */
  async #open(transport: Transport): Promise<net.Socket> {
    const aborter = new AbortController()
    const timeout = this.#connectTimeout
    const timer =
      timeout === Number.POSITIVE_INFINITY ? undefined : this.#clock.setTimeout(() => aborter.abort(), timeout)
    this.#opening.add(aborter)
    try {
      return await transport.open({ signal: aborter.signal, connectionId: ++this.#opened, timeout, attempt: 1 })
    } finally {
      this.#opening.delete(aborter)
      if (timer !== undefined) this.#clock.clearTimeout(timer)
    }
  }
}

function ignore(): void {}
