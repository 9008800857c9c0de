import { constants, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type net from 'node:net'
import {
  type InboundConnection,
  type InboundConnections,
  type InboundProtocol,
  LINGER,
  type SlowPhase,
} from '@millpond/tcp/server'
import { endIdle, idleDeadline } from './idle-limit.js'
import { GO_AWAY } from './last-answers.js'

/** ms between two looks at how fast bodies come. */
const SAMPLE = 1_000

/** A request whose body is still coming. */
interface Body {
  readonly since: number
  activeAt: number
  rateSince: number
  sampledAt: number
  bytes: number
}

interface Session {
  session: Http2Session | undefined
  readonly bodies: Map<ServerHttp2Stream, Body>
}

const sessionOf = (connection: InboundConnection) => connection.attachment as Session

const connectionKey = Symbol('millpond.http2')
type Marked = { [connectionKey]?: InboundConnection }

/** HTTP/2: a connection carries many requests at once, and its end is announced by GOAWAY. */
export class Http2Protocol implements InboundProtocol {
  readonly #connections: InboundConnections

  constructor(connections: InboundConnections) {
    this.#connections = connections
  }

  adopt(connection: InboundConnection): void {
    connection.attachment = { session: undefined, bodies: new Map() } satisfies Session
  }

  parked(): void {}

  /** Node has made a session of the connection. */
  started(connection: InboundConnection, session: Http2Session): void {
    sessionOf(connection).session = session
    ;(session as Marked)[connectionKey] = connection
  }

  /** A request was read. True: it comes too late, and nobody shall hear of it. */
  stream(stream: ServerHttp2Stream, flags: number): boolean {
    const connection = (stream.session as Marked | undefined)?.[connectionKey]
    if (connection === undefined) return false
    this.#connections.wake(connection)
    if (!connection.isConnected) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM)
      return true
    }
    ;(stream as Marked)[connectionKey] = connection
    this.#connections.begin(connection)
    stream.on('close', onStreamClose)
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) === 0) this.#awaitBody(connection, stream)
    return false
  }

  #awaitBody(connection: InboundConnection, stream: ServerHttp2Stream): void {
    const now = this.#connections.now()
    const body = { since: now, activeAt: now, rateSince: now, sampledAt: now, bytes: 0 }
    sessionOf(connection).bodies.set(stream, body)
    stream.push = onPush
    this.#connections.wheel.armBy(connection, this.#bodyDeadline(body))
  }

  /** A piece of a body has come; none is its end. */
  pushed(connection: InboundConnection, stream: ServerHttp2Stream, chunk: Buffer | null): void {
    const { bodies } = sessionOf(connection)
    const body = bodies.get(stream)
    if (body === undefined) return
    if (chunk === null) {
      bodies.delete(stream)
      return
    }
    body.activeAt = this.#connections.now()
    body.bytes += chunk.length
  }

  /** A stream has closed. */
  closed(connection: InboundConnection, stream: ServerHttp2Stream): void {
    sessionOf(connection).bodies.delete(stream)
    if (!connection.isConnected) return
    this.#connections.done(connection)
    this.#connections.settle(connection)
  }

  deadline(connection: InboundConnection): number {
    if (connection.isIdle) return idleDeadline(this.#connections, connection)
    let at = Number.POSITIVE_INFINITY
    for (const body of sessionOf(connection).bodies.values()) at = Math.min(at, this.#bodyDeadline(body))
    return at
  }

  #bodyDeadline(body: Body): number {
    const { timeout, progress, minRate } = this.#connections.options.request
    const at = Math.min(body.since + timeout, body.activeAt + progress)
    return minRate > 0 ? Math.min(at, body.sampledAt + SAMPLE, this.#rateDeadline(body)) : at
  }

  #rateDeadline({ rateSince, bytes }: Body): number {
    const { minRate, grace } = this.#connections.options.request
    return rateSince + Math.max(grace, (bytes / minRate) * 1_000)
  }

  review(connection: InboundConnection, now: number): void {
    if (now < this.deadline(connection)) return
    if (connection.isIdle) {
      endIdle(this.#connections, connection, now)
      return
    }
    const session = sessionOf(connection)
    for (const [stream, body] of session.bodies) this.#reviewBody(session, stream, body, now)
  }

  #reviewBody(session: Session, stream: ServerHttp2Stream, body: Body, now: number): void {
    const { timeout, progress, minRate } = this.#connections.options.request
    const isUnread = stream.isPaused() || stream.readableLength >= stream.readableHighWaterMark
    if (now >= body.since + timeout) this.#tooSlow(session, stream)
    else if (isUnread) {
      // The application takes its time to read: that is not the client's.
      body.activeAt = now
      body.rateSince += now - body.sampledAt
    } else if (now >= body.activeAt + progress) this.#tooSlow(session, stream)
    else if (minRate > 0 && now >= this.#rateDeadline(body)) this.#tooSlow(session, stream)
    body.sampledAt = now
  }

  /** Ends one request; the others of the connection are none of its business. */
  #tooSlow(session: Session, stream: ServerHttp2Stream): void {
    session.bodies.delete(stream)
    this.#connections.totals.timedOut++
    stream.on('error', ignore)
    if (stream.destroyed) return
    if (stream.headersSent) stream.close(constants.NGHTTP2_CANCEL)
    else {
      stream.respond({ ':status': 408 }, { endStream: true })
      // No more of the body is wanted (RFC 9113 8.1).
      stream.close(constants.NGHTTP2_NO_ERROR)
    }
  }

  beforeEnd(connection: InboundConnection): void {
    this.#connections.sift(connection)
  }

  /** GOAWAY: streams that are open finish. Those that the client has opened and the server has not read are refused in a
   * way by which the client knows that they may be sent again (RFC 9113 8.7); for the two-step GOAWAY, which would spare
   * it that, Node's HTTP/2 has no call. */
  leaving(connection: InboundConnection): void {
    sessionOf(connection).session?.close()
  }

  close(connection: InboundConnection): void {
    const { session } = sessionOf(connection)
    if (session === undefined) connection.socket.end()
    else session.close()
  }

  destroy(connection: InboundConnection, _phase: SlowPhase | undefined): void {
    sessionOf(connection)?.session?.destroy()
    connection.socket.on('error', ignore)
    connection.socket.destroy()
  }

  refuse(socket: net.Socket): void {
    if (!this.#connections.lastWords.give(socket, LINGER)) return
    socket.end(GO_AWAY)
    socket.resume()
  }
}

type Push = ServerHttp2Stream['push']

function onPush(this: ServerHttp2Stream, ...args: Parameters<Push>): ReturnType<Push> {
  const connection = (this as Marked)[connectionKey]
  if (connection !== undefined) (connection.protocol as Http2Protocol).pushed(connection, this, args[0])
  return (Object.getPrototypeOf(this) as { push: Push }).push.apply(this, args)
}

function onStreamClose(this: ServerHttp2Stream): void {
  const connection = (this as Marked)[connectionKey]
  if (connection !== undefined) (connection.protocol as Http2Protocol).closed(connection, this)
}

function ignore(): void {}
