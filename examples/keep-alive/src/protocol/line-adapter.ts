import type net from 'node:net'
import { type Adapter, defineAdapter } from '@millpond/core'
import { LineConnection } from './line-connection.js'

/** An adapter for the line protocol, over one for sockets. What it adds is the handshake, the PING and the quit. */
export function lineProtocol(transport: Adapter<net.Socket>): Adapter<LineConnection> {
  return defineAdapter<LineConnection>({
    name: 'line',
    async open(ctx) {
      const socket = await transport.open(ctx)
      try {
        return await LineConnection.greet(socket, ctx.signal)
      } catch (error) {
        socket.destroy()
        throw error
      }
    },
    async check(connection, ctx) {
      await connection.ask('PING', ctx.signal)
    },
    close(connection, ctx) {
      connection.quit()
      return transport.close(connection.socket, ctx)
    },
    destroy: (connection, reason) => transport.destroy?.(connection.socket, reason),
    isUsable: (connection) => transport.isUsable?.(connection.socket) ?? true,
    watch: (connection, signals) => transport.watch?.(connection.socket, signals) ?? (() => {}),
    setRef: (connection, keepAlive) => transport.setRef?.(connection.socket, keepAlive),
    isFatal: (error, connection) => transport.isFatal?.(error, connection.socket) ?? false,
  })
}
