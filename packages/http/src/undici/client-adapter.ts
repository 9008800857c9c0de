import type net from 'node:net'
import type { Adapter, CloseReason, OpenContext, WatchSignals } from '@millpond/core'
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

/** For the connections to one target: the resource is an open socket with the undici `Client` that speaks on it. A class,
 * so that a thousand origins have one set of functions. */
export class ClientAdapter implements Adapter<ClientConnection> {
  readonly name: string
  readonly #target: DispatchTarget
  protected readonly host: ClientHost

  constructor(target: DispatchTarget, host: ClientHost) {
    this.name = target.secure ? 'https' : 'http'
    this.#target = target
    this.host = host
  }

  async open({ signal }: OpenContext): Promise<ClientConnection> {
    const { host } = this
    const held = host.hold(this.#target)
    try {
      return host.adopt(await openSocket(host.createSocket(held), signal), held)
    } catch (error) {
      host.letGo(held)
      throw error
    }
  }

  close(connection: ClientConnection): Promise<void> | undefined {
    return connection.close()
  }

  destroy(connection: ClientConnection, reason: CloseReason): void {
    connection.end(this.host.endedBy(reason))
  }

  watch(connection: ClientConnection, signals: WatchSignals): () => void {
    return connection.watch(signals)
  }

  setRef(connection: ClientConnection, keepAlive: boolean): void {
    connection.setRef(keepAlive)
  }

  isFatal(): boolean {
    return true
  }
}

/** With pipelining. A pool whose connections carry one request at a time is the faster one. */
export class PipeliningAdapter extends ClientAdapter {
  capacity(): number {
    return this.host.pipelining
  }
}
