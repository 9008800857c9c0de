import type net from 'node:net'
import { type Adapter, defineAdapter } from '@millpond/core'
import { closeSocket } from './close-socket.js'
import { openSocket } from './open-socket.js'
import { SocketWatch } from './socket-watch.js'
import { resolveTcpOptions, type TcpOptions, type TcpTarget } from './tcp-options.js'

/**
 * An adapter for sockets to one target: TCP, TLS over it, or a Unix socket.
 *
 * Throws `InvalidOptionError` when the target or an option is invalid. Its opens reject with `TcpConnectError`; what
 * it reports as lost is a `TcpLostError`.
 *
 * ```ts
 * const pool = createPool(tcp({ host: 'cache.internal', port: 11211 }, { tls: true }))
 * ```
 */
export function tcp(target: TcpTarget, options?: TcpOptions): Adapter<net.Socket> {
  const resolved = resolveTcpOptions(target, options)
  const watches = new WeakMap<net.Socket, SocketWatch>()
  const watchOf = (socket: net.Socket): SocketWatch => {
    const known = watches.get(socket)
    if (known) return known
    const watch = new SocketWatch(socket, resolved.address)
    watches.set(socket, watch)
    return watch
  }

  return defineAdapter<net.Socket>({
    name: resolved.kind,
    open: (ctx) => openSocket(resolved, ctx.signal),
    close: (socket, ctx) => {
      watches.get(socket)?.lend()
      return closeSocket(socket, ctx.signal)
    },
    destroy: (socket) => {
      socket.destroy()
    },
    isUsable,
    watch: (socket, signals) => watchOf(socket).start((error) => signals.lost(error)),
    setRef: (socket, keepAlive) => {
      if (keepAlive) watchOf(socket).lend()
      else watchOf(socket).park()
    },
    // A byte stream cannot tell whether the exchange in which a borrower failed was complete. Were it lent again, the
    // rest of one borrower's answer would be the next one's.
    isFatal: () => true,
  })
}

/** Open in both directions, with nothing unread (HikariCP, pgx and undici ask the same before reuse). */
function isUsable(socket: net.Socket): boolean {
  return socket.readable && socket.writable && socket.readableLength === 0
}
