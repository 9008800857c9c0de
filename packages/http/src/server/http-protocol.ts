import type { IncomingMessage, ServerResponse } from 'node:http'
import type net from 'node:net'
import {
  connectionOf,
  type InboundConnection,
  type InboundConnections,
  type InboundProtocol,
  LINGER,
  NEVER,
  restartSocketTimeout,
  type SlowPhase,
  watchActivity,
} from '@millpond/tcp/server'
import { endIdle, idleDeadline } from './idle-limit.js'
import { REQUEST_TIMEOUT, SERVICE_UNAVAILABLE } from './last-answers.js'

/** ms between two looks at how fast a body comes. */
const SAMPLE = 1_000

/** What is known of the requests of one connection. */
interface Exchange {
  /** The newest, and its answer. */
  request: IncomingMessage | undefined
  response: ServerResponse | undefined
  /** The connection would have been kept after that answer. */
  isKept: boolean
  /** When the first byte of the newest request came, and when bytes last moved. */
  since: number
  activeAt: number
  /** Since when, and from which byte on, the rate of its body is measured, and when that was last looked at. */
  rateSince: number
  rateBytes: number
  sampledAt: number
  /** Handed to an upgrade or a CONNECT: what is spoken there is not ours to judge. */
  isTunnel: boolean
}

type KeepAliveResponse = ServerResponse & { _keepAliveTimeout?: number; _maxRequestsPerSocket?: number }

const exchangeOf = (connection: InboundConnection) => connection.attachment as Exchange

/** HTTP/1.1, over TCP or TLS: connected from the first byte of a request to the last of its answer. */
export class HttpProtocol implements InboundProtocol {
  readonly #connections: InboundConnections
  /** What Node makes the `Keep-Alive` header of, in ms: less than the truth, so that the client is the first to close. */
  readonly #announced: number

  constructor(connections: InboundConnections) {
    this.#connections = connections
    this.#announced = announcedTimeout(connections.options.idle.timeout)
  }

  adopt(connection: InboundConnection): void {
    connection.attachment = {
      request: undefined,
      response: undefined,
      isKept: true,
      since: NEVER,
      activeAt: NEVER,
      rateSince: NEVER,
      rateBytes: 0,
      sampledAt: NEVER,
      isTunnel: false,
    } satisfies Exchange
    watchActivity(connection.socket, onActivity)
  }

  parked(connection: InboundConnection): void {
    connection.bytesParked = connection.socket.bytesRead
    connection.headerSince = NEVER
    const exchange = exchangeOf(connection)
    exchange.request = undefined
    exchange.response = undefined
  }

  /** Bytes have arrived or left. */
  active(connection: InboundConnection): void {
    const exchange = exchangeOf(connection)
    if (connection.leases > 0) {
      if (exchange.request?.complete === false) this.#moved(connection, exchange)
      return
    }
    const isWaiting = connection.isIdle || (connection.isConnected && connection.headerSince === NEVER)
    if (!isWaiting || connection.socket.bytesRead === connection.bytesParked) return
    // The first of all may take as long from the accept, whenever it begins.
    const { uses, openedAt } = connection
    connection.headerSince = uses === 0 && openedAt !== undefined ? openedAt : this.#connections.now()
    this.#connections.wake(connection)
    this.#connections.arm(connection)
  }

  /** A request was read. True: it comes too late, and nobody shall hear of it. */
  request(connection: InboundConnection, request: IncomingMessage, response: ServerResponse): boolean {
    if (connection.isIdle) this.#connections.wake(connection)
    if (!connection.isConnected || !this.#mayFollow(connection)) return true
    this.#note(connection, request, response)
    if (this.#announced > 0) this.#announce(response)
    this.#connections.begin(connection)
    if (connection.isLeaving) response.shouldKeepAlive = false
    response.on('close', onResponseClose)
    return false
  }

  #note(connection: InboundConnection, request: IncomingMessage, response: ServerResponse): void {
    const exchange = exchangeOf(connection)
    exchange.request = request
    exchange.response = response
    exchange.isKept = response.shouldKeepAlive
    exchange.since = connection.headerSince
    exchange.activeAt = NEVER
    connection.headerSince = NEVER
    // Nearly all of these have no body, and are complete before a clock could be of use.
    const { method } = request
    if (method !== 'GET' && method !== 'HEAD') this.#watchBody(connection, exchange)
  }

  /** The body of the newest request has begun to come. */
  #watchBody(connection: InboundConnection, exchange: Exchange): void {
    const now = this.#connections.now()
    if (exchange.since === NEVER) exchange.since = now
    exchange.activeAt = now
    exchange.rateSince = now
    exchange.sampledAt = now
    exchange.rateBytes = connection.socket.bytesRead
    this.#connections.wheel.armBy(connection, this.#bodyDeadline(exchange))
  }

  /** Bytes have moved while the newest request is not complete. */
  #moved(connection: InboundConnection, exchange: Exchange): void {
    if (exchange.activeAt !== NEVER) exchange.activeAt = this.#connections.now()
    // An answer that a handler sends before it returns leaves while the parser has yet to see that there is no body.
    else if (exchange.response?.headersSent === false) this.#watchBody(connection, exchange)
  }

  #announce(response: KeepAliveResponse): void {
    const { maxUses } = this.#connections.options.lifetime
    // What Node itself sets on each answer, and spares a header of our own that every answer would have to merge.
    if (response._keepAliveTimeout === undefined) {
      response.setHeader('Keep-Alive', `timeout=${this.#announced / 1_000}`)
      return
    }
    response._keepAliveTimeout = this.#announced
    if (maxUses !== Number.POSITIVE_INFINITY) response._maxRequestsPerSocket = maxUses
  }

  /** While it is leaving: whether the request at hand is still answered. One that came before the client could be told
   * that the connection ends is; then its answer is the one that says so. */
  #mayFollow(connection: InboundConnection): boolean {
    if (!connection.isLeaving || connection.leases === 0) return true
    if (connection.closeReason === 'uses') return false
    const { response, isKept } = exchangeOf(connection)
    if (response === undefined) return true
    if (response.headersSent) return response.shouldKeepAlive
    response.shouldKeepAlive = isKept
    return isKept
  }

  /** The connection is no longer HTTP's. */
  tunnel(connection: InboundConnection): void {
    this.#connections.wake(connection)
    if (!connection.isConnected) return
    exchangeOf(connection).isTunnel = true
    connection.headerSince = NEVER
    this.#connections.begin(connection)
  }

  /** An answer is over, complete or not. */
  responded(connection: InboundConnection, response: ServerResponse): void {
    if (!connection.isConnected) return
    const exchange = exchangeOf(connection)
    const { request } = exchange
    const isNewest = request === response.req
    if (isNewest && request?.complete === false && !connection.socket.destroyed) {
      // Answered before its body was all there: what is left of it is not the next request.
      if (exchange.activeAt === NEVER) this.#watchBody(connection, exchange)
      request.once('close', () => this.#ended(connection, response))
      return
    }
    this.#ended(connection, response)
  }

  #ended(connection: InboundConnection, response: ServerResponse): void {
    if (!connection.isConnected) return
    this.#connections.done(connection)
    if (connection.leases > 0) return
    const wasAnnounced = !response.shouldKeepAlive || connection.socket.writableEnded
    if (connection.isLeaving && !wasAnnounced) {
      connection.bytesParked = connection.socket.bytesRead
      this.#connections.sift(connection)
      return
    }
    // As the client, or the application, has it.
    if (wasAnnounced) this.#connections.retire(connection, 'retired')
    this.#connections.settle(connection)
  }

  deadline(connection: InboundConnection): number {
    if (connection.isIdle) return idleDeadline(this.#connections, connection)
    if (connection.headerSince !== NEVER) return connection.headerSince + this.#connections.options.header.timeout
    const exchange = exchangeOf(connection)
    if (exchange.isTunnel || exchange.activeAt === NEVER || exchange.request?.complete !== false) {
      return Number.POSITIVE_INFINITY
    }
    return this.#bodyDeadline(exchange)
  }

  #bodyDeadline(exchange: Exchange): number {
    const { timeout, progress, minRate } = this.#connections.options.request
    const at = Math.min(exchange.since + timeout, exchange.activeAt + progress)
    return minRate > 0 ? Math.min(at, exchange.sampledAt + SAMPLE, this.#rateDeadline(exchange)) : at
  }

  /** When the body will have been too slow, if no more of it comes. */
  #rateDeadline(exchange: Exchange): number {
    const { minRate, grace } = this.#connections.options.request
    const bytes = (exchange.request?.socket?.bytesRead ?? 0) - exchange.rateBytes
    return exchange.rateSince + Math.max(grace, (bytes / minRate) * 1_000)
  }

  review(connection: InboundConnection, now: number): void {
    if (now < this.deadline(connection)) return
    const { timeout } = this.#connections.options.request
    const exchange = exchangeOf(connection)
    if (connection.isIdle) endIdle(this.#connections, connection, now)
    else if (connection.headerSince !== NEVER) this.#connections.timeOut(connection, 'header')
    else if (now >= exchange.since + timeout) this.#connections.timeOut(connection, 'request')
    else this.#reviewBody(connection, exchange, now)
  }

  #reviewBody(connection: InboundConnection, exchange: Exchange, now: number): void {
    const { progress, minRate } = this.#connections.options.request
    if (connection.socket.isPaused()) {
      // The application takes its time to read: that is not the client's.
      exchange.activeAt = now
      exchange.rateSince += now - exchange.sampledAt
    } else if (now >= exchange.activeAt + progress) {
      this.#connections.timeOut(connection, 'progress')
      return
    } else if (minRate > 0 && now >= this.#rateDeadline(exchange)) {
      this.#connections.timeOut(connection, 'rate')
      return
    }
    exchange.sampledAt = now
  }

  beforeEnd(connection: InboundConnection): void {
    this.#connections.sift(connection)
  }

  leaving(connection: InboundConnection): void {
    const { response } = exchangeOf(connection)
    if (response !== undefined && !response.headersSent) response.shouldKeepAlive = false
  }

  close(connection: InboundConnection): void {
    connection.socket.end()
  }

  destroy(connection: InboundConnection, phase: SlowPhase | undefined): void {
    const { socket } = connection
    if (phase === undefined || !socket.writable || !this.#canStillAnswer(connection)) {
      socket.destroy()
      return
    }
    socket.write(REQUEST_TIMEOUT)
    socket.destroySoon()
    this.#connections.lastWords.give(socket, LINGER)
  }

  /** Not a byte of another answer would be before it, or after it. */
  #canStillAnswer(connection: InboundConnection): boolean {
    const { response } = exchangeOf(connection)
    return connection.severed === 0 || (connection.severed === 1 && response?.headersSent === false)
  }

  refuse(socket: net.Socket): void {
    if (!this.#connections.lastWords.give(socket, LINGER)) return
    socket.end(SERVICE_UNAVAILABLE)
    // What the client has sent is read and forgotten, lest the answer be lost to a reset.
    socket.resume()
  }
}

/** In whole seconds, as the header has it, and at least half a second less than the truth. */
function announcedTimeout(timeout: number): number {
  if (timeout === Number.POSITIVE_INFINITY) return 0
  return Math.max(0, Math.floor((timeout - 500) / 1_000) * 1_000)
}

function onActivity(this: net.Socket): void {
  restartSocketTimeout(this)
  const connection = connectionOf(this)
  if (connection?.attachment !== undefined) (connection.protocol as HttpProtocol).active(connection)
}

function onResponseClose(this: ServerResponse): void {
  const connection = connectionOf(this.req.socket)
  if (connection !== undefined) (connection.protocol as HttpProtocol).responded(connection, this)
}
