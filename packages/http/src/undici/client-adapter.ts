import type net from 'node:net'
import { type Adapter, type CloseReason, defineAdapter } from '@millpond/core'
import { openSocket } from '../agent/open-socket.js'
import type { ClientConnection } from './client-connection.js'
import type { DispatchTarget } from './dispatch-target.js'
import type { CreateSocketFor } from './socket-maker.js'

/** What the connections of one dispatcher have in common. */
export interface ClientHost {
  /** Requests on one connection at once. */
  readonly pipelining: number
  readonly createSocket: CreateSocketFor
  /** Begins the record of an open one. */
  adopt(socket: net.Socket, target: DispatchTarget): ClientConnection
  hold(target: DispatchTarget): DispatchTarget
  letGo(target: DispatchTarget): void
  /** What the requests on a connection fail with that is ended under them. */
  endedBy(reason: CloseReason): Error
}

/** An adapter for the connections to one target: its resource is an open socket with the undici `Client` that speaks on it. */
export function clientAdapter(target: DispatchTarget, host: ClientHost): Adapter<ClientConnection> {
  return defineAdapter<ClientConnection>({
    name: target.secure ? 'https' : 'http',
    async open({ signal }) {
      const held = host.hold(target)
      try {
        return host.adopt(await openSocket(host.createSocket(held), signal), held)
      } catch (error) {
        host.letGo(held)
        throw error
      }
    },
    close: (connection) => connection.close(),
    destroy: (connection, reason) => connection.end(host.endedBy(reason)),
    watch: (connection, signals) => connection.watch(signals),
    setRef: (connection, keepAlive) => connection.setRef(keepAlive),
    isFatal: () => true,
    // A pool whose connections carry one request at a time is the faster one.
    ...(host.pipelining > 1 ? { capacity: () => host.pipelining } : {}),
  })
}
