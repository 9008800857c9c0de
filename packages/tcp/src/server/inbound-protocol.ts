import type net from 'node:net'
import type { RefuseReason, SlowPhase } from './guard-stats.js'
import type { InboundConnection } from './inbound-connection.js'

/** What a guard must know of what is spoken over its connections. One object serves all connections of a guard. */
export interface InboundProtocol {
  /** The connection is open (with TLS, the handshake is done): whatever watches it is to be attached. */
  adopt(connection: InboundConnection): void
  /** It has been parked. */
  parked(connection: InboundConnection): void
  /** When `review` has something to look at, in ms of the clock; while idle or connected. Never later than it is. */
  deadline(connection: InboundConnection): number
  /** The deadline has passed: ends the connection, parks it, or finds that something has moved on. */
  review(connection: InboundConnection, now: number): void
  /** It is idle and shall end: calls `conclude` of the guard once it is sure that no request was on its way that could
   * have been seen. */
  beforeEnd(connection: InboundConnection): void
  /** Requests are active and it shall end after them: the peer is told, where the protocol can. */
  leaving(connection: InboundConnection): void
  /** It is to be ended gracefully: whatever was written leaves, and the peer sees a clean end. */
  close(connection: InboundConnection): void
  /** It is to be ended at once. `phase`: because the peer was too slow at this. */
  destroy(connection: InboundConnection, phase: SlowPhase | undefined): void
  /** A socket that was not let in: tells the peer and ends it. What needs time for it goes through `Refusals`. */
  refuse(socket: net.Socket, reason: RefuseReason): void
}
