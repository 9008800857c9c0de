import type net from 'node:net'
import { connectionOf } from './connection-of.js'
import type { SlowPhase } from './guard-stats.js'
import { type InboundConnection, type InboundProtocol, NEVER } from './inbound-connection.js'
import type { InboundConnections } from './inbound-connections.js'
import { restartSocketTimeout, watchActivity } from './watch-activity.js'

/** ms without a byte after which nothing seems to be going on. */
const QUIET = 1_000

/** What is known of a socket whose protocol is the application's own. */
interface Traffic {
  activeAt: number
  /** When it will have been quiet for long enough. */
  quietAt: number
  bytesRead: number
  /** The last bytes came from the peer: it waits for an answer, as far as can be seen. */
  isAwaited: boolean
  /** The application says when a request begins and ends. */
  isAnnounced: boolean
}

const trafficOf = (connection: InboundConnection) => connection.attachment as Traffic

/**
 * TCP and TLS sockets, of whose protocol nothing is known: connected while bytes flow or while the peer's last bytes
 * are unanswered, idle after a second of silence. Where the application announces its requests, connected during them.
 */
export class SocketProtocol implements InboundProtocol {
  readonly #connections: InboundConnections

  constructor(connections: InboundConnections) {
    this.#connections = connections
  }

  adopt(connection: InboundConnection): void {
    const { socket, openedAt = 0 } = connection
    connection.attachment = {
      activeAt: openedAt,
      quietAt: openedAt,
      bytesRead: 0,
      isAwaited: false,
      isAnnounced: false,
    } satisfies Traffic
    watchActivity(socket, onActivity)
  }

  parked(): void {}

  /** Bytes have arrived or left. */
  active(connection: InboundConnection): void {
    const traffic = trafficOf(connection)
    const { bytesRead, writableLength } = connection.socket
    // The peer's end is not a sign of life.
    if (connection.isIdle && bytesRead === traffic.bytesRead && writableLength === 0) return
    traffic.activeAt = this.#connections.now()
    traffic.quietAt = traffic.activeAt + QUIET
    traffic.isAwaited = bytesRead !== traffic.bytesRead
    traffic.bytesRead = bytesRead
    if (connection.isIdle) {
      if (!traffic.isAnnounced) this.#connections.wake(connection)
      else if (traffic.isAwaited && connection.headerSince === NEVER) connection.headerSince = traffic.activeAt
    }
    this.#connections.arm(connection)
  }

  /** The application announces a request; returns how to end it. */
  request(connection: InboundConnection): () => void {
    trafficOf(connection).isAnnounced = true
    connection.headerSince = NEVER
    this.#connections.wake(connection)
    if (!connection.isConnected) return () => {}
    this.#connections.begin(connection)
    let isActive = true
    return () => {
      if (!isActive) return
      isActive = false
      this.#connections.done(connection)
      this.#connections.settle(connection)
    }
  }

  deadline(connection: InboundConnection): number {
    const { idle, header } = this.#connections.options
    const { activeAt, quietAt, bytesRead, isAwaited } = trafficOf(connection)
    const silent = activeAt + idle.timeout
    if (!connection.isIdle) {
      if (connection.leases > 0) return Number.POSITIVE_INFINITY
      return isAwaited ? silent : Math.min(silent, quietAt)
    }
    const since = bytesRead === 0 ? (connection.openedAt ?? NEVER) : connection.headerSince
    return since === NEVER ? silent : Math.min(silent, since + header.timeout)
  }

  review(connection: InboundConnection, now: number): void {
    if (now < this.deadline(connection)) return
    const { idle } = this.#connections.options
    const traffic = trafficOf(connection)
    const isSilent = now >= traffic.activeAt + idle.timeout
    if (connection.isIdle) {
      if (isSilent) this.#connections.end(connection, 'idle')
      else this.#connections.timeOut(connection, 'header')
    } else if (!isSilent && connection.socket.writableLength > 0) {
      // The peer takes its time to read: it is not done with.
      traffic.quietAt = now + QUIET
    } else {
      if (isSilent) this.#connections.retire(connection, 'idle')
      this.#connections.settle(connection)
    }
  }

  beforeEnd(connection: InboundConnection): void {
    this.#connections.sift(connection)
  }

  leaving(connection: InboundConnection): void {
    this.#connections.arm(connection)
  }

  close(connection: InboundConnection): void {
    const { socket } = connection
    socket.on('error', ignore)
    socket.end()
    // An end that nobody reads is never seen.
    if (!socket.isPaused() && socket.readableFlowing === null) socket.resume()
  }

  destroy(connection: InboundConnection, _phase: SlowPhase | undefined): void {
    connection.socket.on('error', ignore)
    connection.socket.destroy()
  }

  refuse(socket: net.Socket): void {
    socket.on('error', ignore)
    socket.destroy()
  }
}

function onActivity(this: net.Socket): void {
  restartSocketTimeout(this)
  const connection = connectionOf(this)
  if (connection?.attachment !== undefined) (connection.protocol as SocketProtocol).active(connection)
}

function ignore(): void {}
