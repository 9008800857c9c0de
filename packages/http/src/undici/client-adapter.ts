import type net from 'node:net'
import { type Adapter, type CloseReason, defineAdapter } from '@millpond/core'
import { openSocket } from '../agent/open-socket.js'
import type { DispatchTarget } from './dispatch-target.js'
import type { PooledClient } from './pooled-client.js'
import type { CreateSocketFor } from './socket-maker.js'

/** What the connections of one dispatcher have in common. */
export interface ClientHost {
  readonly createSocket: CreateSocketFor
  /** Begins the record of an open one. */
  adopt(socket: net.Socket, target: DispatchTarget): PooledClient
  hold(target: DispatchTarget): DispatchTarget
  letGo(target: DispatchTarget): void
  /** What the requests on a connection fail with that is ended under them. */
  endedBy(reason: CloseReason): Error
}

/** An adapter for the connections to one target: its resource is the undici `Client` that speaks on an open socket. */
export function clientAdapter(target: DispatchTarget, host: ClientHost): Adapter<PooledClient> {
  return defineAdapter<PooledClient>({
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
    close: ({ connection }) => connection.close(),
    destroy: ({ connection }, reason) => connection.end(host.endedBy(reason)),
    watch: ({ connection }, signals) => connection.watch(signals),
    setRef: ({ connection }, keepAlive) => connection.setRef(keepAlive),
    isFatal: () => true,
  })
}
