import type { CloseReason, ConnectionInfo, PoolStats } from '@millpond/core'

/**
 * Why an accepted connection ended: a pool's reasons, and one of a server's own.
 *
 * - `timeout`: the peer was too slow; `detail` says at what (see `SlowPhase`)
 * - `connect-failed`: its TLS handshake failed or took longer than `handshake.timeout`
 * - `surplus`: it made room for a new one (`evictIdle`)
 * - `revoked`: it was still busy at the deadline of `close()`, or at `destroy()`
 */
export type InboundCloseReason = CloseReason | 'timeout'

/** What a peer was too slow at: the headers of a request (or the first byte of all), a whole request, the next byte of
 * a body, or a body as `request.minRate` asks for it. */
export type SlowPhase = 'header' | 'request' | 'progress' | 'rate'

/** Why a connection was not let in: `max` or `perClient.max` is reached, or the guard is closing. */
export type RefuseReason = 'max' | 'client' | 'closing'

/** What can be seen of an accepted connection: a pool's `ConnectionInfo`, where a lease is an active request. */
export interface InboundConnectionInfo extends ConnectionInfo {
  /** Whose it is, as `perClient.key` says; undefined without a limit for clients. */
  readonly client?: string
}

/** The guard at one moment, and its totals since creation: a pool's, where a lease is an active request, an open an
 * accepted connection, `acquired` the requests begun, `timedOut` the connections closed because the peer was too slow,
 * `rejected` the connections refused, and `abandoned` the TLS handshakes given up. Nobody waits. */
export interface GuardStats extends PoolStats {
  readonly closed: Readonly<Record<InboundCloseReason, number>>
  /** Connections that were not let in, by reason. */
  readonly refused: Readonly<Record<RefuseReason, number>>
  /** Clients with connections, as far as they are told apart; 0 without a limit for clients. */
  readonly clients: number
}
