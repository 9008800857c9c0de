import type { ClientHttp2Session } from 'node:http2'
import type net from 'node:net'
import type tls from 'node:tls'
import { type Adapter, defineAdapter } from '@millpond/core'
import { closeSession } from './close-session.js'
import { Http2Connection, type SessionLimits } from './http2-connection.js'
import { Http1OnlyError } from './http2-errors.js'
import type { Destination } from './http2-target.js'
import { type Http2SessionOptions, openSession } from './open-session.js'
import { bothOf, type Transport } from './transport.js'

/** What the sessions of one pool have in common. */
export interface SessionHost {
  readonly limits: SessionLimits
  readonly session: Http2SessionOptions
  /** The record of each session of the pool. */
  readonly connections: WeakMap<ClientHttp2Session, Http2Connection>
  /** The far end has chosen HTTP/1.1 on this socket, which is the host's from here on. */
  foundHttp1(destination: Destination, socket: net.Socket): void
}

/** An adapter for the sessions with one destination, on the sockets that `transport` opens. */
export function http2Adapter(
  destination: Destination,
  transport: Transport,
  host: SessionHost,
): Adapter<ClientHttp2Session> {
  const connectionOf = (session: ClientHttp2Session) => host.connections.get(session) as Http2Connection

  return defineAdapter<ClientHttp2Session>({
    name: destination.secure ? 'h2' : 'h2c',
    async open(ctx) {
      const socket = await transport.open(ctx)
      if (destination.secure && (socket as tls.TLSSocket).alpnProtocol !== 'h2') {
        const { alpnProtocol } = socket as tls.TLSSocket
        host.foundHttp1(destination, socket)
        throw new Http1OnlyError(destination.origin, alpnProtocol || undefined)
      }
      const session = await openSession(destination.origin, socket, host.session, ctx.signal)
      host.connections.set(session, new Http2Connection(session, socket, destination.origin, host.limits))
      return session
    },
    close: (session, { signal }) => closeSession(connectionOf(session), signal),
    destroy: (session) => connectionOf(session).destroy(),
    isUsable: (session) => connectionOf(session).isUsable,
    check: (session, { signal }) => ping(session, signal),
    watch: (session, signals) => {
      const connection = connectionOf(session)
      return bothOf(connection.watch(signals), transport.follow?.(connection.socket, signals))
    },
    setRef: (session, keepAlive) => connectionOf(session).setRef(keepAlive),
    capacity: (session) => connectionOf(session).capacity,
    // A stream's failure is its own: one that ends the session has ended it already.
    isFatal: (_error, session) => session.destroyed,
  })
}

/** Rejects with the signal's reason when that aborts first. */
function ping(session: ClientHttp2Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const onAbort = () => reject(signal.reason)
    // Throws where the session has ended. The answer does not come before this function is through.
    session.ping((error) => {
      signal.removeEventListener('abort', onAbort)
      if (error) reject(error)
      else resolve()
    })
    signal.addEventListener('abort', onAbort, { once: true })
  })
}
