import type net from 'node:net'
import type { InboundConnection } from './inbound-connection.js'

/** Where a connection is to be found from its socket. */
const connectionKey = Symbol('millpond.connection')
type Marked = { [connectionKey]?: InboundConnection }

/** The connection that a socket carries; undefined where no guard has let it in. */
export function connectionOf(socket: net.Socket): InboundConnection | undefined {
  return (socket as Marked)[connectionKey]
}

/** From now on, `connectionOf` finds the connection from this socket. */
export function markSocket(socket: net.Socket, connection: InboundConnection): void {
  ;(socket as Marked)[connectionKey] = connection
}
