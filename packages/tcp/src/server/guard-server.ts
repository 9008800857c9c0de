import type net from 'node:net'
import tls from 'node:tls'
import { InvalidOptionError } from '@millpond/core'
import { connectionOf } from './connection-of.js'
import { type Guard, InboundGuard } from './guard.js'
import { type GuardOptions, resolveGuardOptions } from './guard-options.js'
import type { InboundConnection } from './inbound-connection.js'
import { interceptEvents } from './intercept-events.js'
import { SocketProtocol } from './socket-protocol.js'
import { stopServer } from './stop-server.js'
import { acceptedSocket } from './tls-sockets.js'

/** The guard of a `net` or `tls` server. */
export interface SocketGuard extends Guard {
  /**
   * Announces that a request is active on a connection; returns how to say that it is over. From then on the connection
   * counts as connected during its requests alone, `lifetime.maxUses` counts them, and a drain waits for them. Without
   * it, a guard sees bytes only. On a socket that the guard did not let in, or that has ended, it does nothing.
   */
  request(socket: net.Socket): () => void
}

/**
 * Puts a `net.Server` or `tls.Server` under guard: limits for all and for each client, timeouts for handshakes and
 * silence, and a close that drains. To be called before the server listens. For `http`, `https` and `http2` there is
 * `@millpond/http/server`.
 *
 * Throws `InvalidOptionError` for a bad option or another kind of server.
 */
export function guard(server: net.Server, options?: GuardOptions): SocketGuard {
  // Only Node's servers of HTTP can be told a timeout.
  if (typeof server?.emit !== 'function' || 'setTimeout' in server) {
    throw new InvalidOptionError(
      'server',
      server?.constructor?.name,
      'a net.Server or tls.Server; for http, https and http2 use @millpond/http/server',
    )
  }
  const resolved = resolveGuardOptions(options, { idleTimeout: 600_000, headerTimeout: Number.POSITIVE_INFINITY })
  const guarded = new SocketServerGuard(resolved)
  const isTls = server instanceof tls.Server
  const stopIntercepting = interceptEvents(server, (event, first, second) =>
    guarded.intercept(isTls, event, first, second),
  )
  guarded.attach({
    stop: (whenClosed) => stopServer(server, whenClosed),
    release: stopIntercepting,
  })
  return guarded
}

class SocketServerGuard extends InboundGuard implements SocketGuard {
  readonly #protocol = new SocketProtocol(this.held)

  intercept(isTls: boolean, event: string, first: unknown, second: unknown): boolean {
    if (event === 'connection') return this.#accept(first as net.Socket, isTls)
    if (isTls && event === 'secureConnection') this.#secured(first as net.Socket)
    else if (isTls && event === 'tlsClientError') this.#failed(first, second as net.Socket)
    return false
  }

  request(socket: net.Socket): () => void {
    const connection = connectionOf(socket)
    return this.#isOurs(connection) ? this.#protocol.request(connection) : () => {}
  }

  #accept(socket: net.Socket, isTls: boolean): boolean {
    const { client, refused } = this.admit(socket)
    if (refused !== undefined) {
      this.#protocol.refuse(socket)
      return true
    }
    const connection = this.held.accept(socket, this.#protocol, client)
    if (isTls) this.held.awaitHandshake(connection)
    else this.held.opened(connection)
    return false
  }

  #secured(socket: net.Socket): void {
    const connection = connectionOf(acceptedSocket(socket))
    if (this.#isOurs(connection)) this.held.opened(connection, socket)
  }

  #failed(error: unknown, socket: net.Socket): void {
    const connection = connectionOf(acceptedSocket(socket))
    if (this.#isOurs(connection)) this.held.openFailed(connection, error)
  }

  #isOurs(connection: InboundConnection | undefined): connection is InboundConnection {
    return connection?.owner === this.held
  }
}
