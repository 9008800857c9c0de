import type net from 'node:net'
import { type Adapter, defineAdapter } from '@millpond/core'
import { closeSocket } from './close-socket.js'
import type { HttpConnection } from './http-connection.js'
import { type CreateSocket, openSocket } from './open-socket.js'
import type { Target } from './target.js'

/** What the connections of one agent have in common. */
export interface AdapterHost {
  /** Begins to open a connection. */
  createSocket(target: Target): CreateSocket
  /** Begins the record of an open one. */
  adopt(socket: net.Socket, target: Target): void
  hold(target: Target): Target
  letGo(target: Target): void
  connectionOf(socket: net.Socket): HttpConnection
}

/** An adapter for the connections to one target. */
export function httpAdapter(target: Target, host: AdapterHost): Adapter<net.Socket> {
  return defineAdapter<net.Socket>({
    name: target.secure ? 'https' : 'http',
    async open({ signal }) {
      const held = host.hold(target)
      try {
        const socket = await openSocket(host.createSocket(held), signal)
        host.adopt(socket, held)
        return socket
      } catch (error) {
        host.letGo(held)
        throw error
      }
    },
    close: (socket) => closeSocket(socket),
    destroy: (socket) => {
      socket.destroy()
    },
    watch: (socket, signals) => host.connectionOf(socket).watch(signals),
    setRef(socket, keepAlive) {
      // A stream that somebody's createConnection made need not be a socket.
      if (keepAlive) socket.ref?.()
      else {
        socket.unref?.()
        host.connectionOf(socket).wasIdle = true
      }
    },
    isFatal: () => true,
  })
}
