import net from 'node:net'
import { type Adapter, defineAdapter } from '@millpond/core'
import { closeSocket } from './close-socket.js'
import { NameFollower } from './dns/name-follower.js'
import { openSocket } from './open-socket.js'
import { SocketWatch } from './socket-watch.js'
import { type ResolvedTcpOptions, resolveTcpOptions, type TcpOptions } from './tcp-options.js'
import type { TcpTarget } from './tcp-target.js'
import { SocketTimeouts } from './timeouts/socket-timeouts.js'

/**
 * An adapter for sockets to one target: TCP, TLS over it, or a Unix socket.
 *
 * Throws `InvalidOptionError` when the target or an option is invalid. Its opens reject with `TcpConnectError`; what
 * it reports as lost is a `TcpLostError`, a `TcpReadTimeoutError` or a `TcpWriteTimeoutError`.
 *
 * ```ts
 * const pool = createPool(tcp({ host: 'cache.internal', port: 11211 }, { tls: true }))
 * ```
 */
export function tcp(target: TcpTarget, options?: TcpOptions): Adapter<net.Socket> {
  const resolved = resolveTcpOptions(target, options)
  const names = followName(resolved)
  const watches = new WeakMap<net.Socket, SocketWatch>()
  const watchOf = (socket: net.Socket): SocketWatch => {
    const known = watches.get(socket)
    if (known) return known
    const watch = new SocketWatch(socket, resolved.address, timeoutsOf(socket, resolved))
    watches.set(socket, watch)
    return watch
  }

  return defineAdapter<net.Socket>({
    name: resolved.kind,
    open: (ctx) => openSocket(resolved, ctx.signal, names),
    close: (socket, ctx) => {
      watches.get(socket)?.lend()
      return closeSocket(socket, ctx.signal)
    },
    destroy: (socket) => {
      socket.destroy()
    },
    isUsable,
    watch: (socket, signals) => {
      const unfollow = names?.follow(socket, (reason) => signals.retire(reason))
      const stop = watchOf(socket).start((error) => signals.lost(error))
      return () => {
        unfollow?.()
        stop()
      }
    },
    setRef: (socket, keepAlive) => {
      if (keepAlive) watchOf(socket).lend()
      else watchOf(socket).park()
    },
    // A byte stream cannot tell whether the exchange in which a borrower failed was complete. Were it lent again, the
    // rest of one borrower's answer would be the next one's.
    isFatal: () => true,
  })
}

/** Addresses and paths have nothing to follow. */
function followName({ transport, dns, clock }: ResolvedTcpOptions): NameFollower | undefined {
  if (dns === undefined || 'path' in transport || net.isIP(transport.host) !== 0) return undefined
  return new NameFollower(transport.host, dns, clock)
}

function timeoutsOf(socket: net.Socket, { address, timeouts, clock }: ResolvedTcpOptions): SocketTimeouts | undefined {
  const isTimed = Math.min(timeouts.read, timeouts.write) !== Number.POSITIVE_INFINITY
  return isTimed ? new SocketTimeouts(socket, address, timeouts, clock) : undefined
}

/** Open in both directions, with nothing unread (HikariCP, pgx and undici ask the same before reuse). */
function isUsable(socket: net.Socket): boolean {
  return socket.readable && socket.writable && socket.readableLength === 0
}
