import type net from 'node:net'
import type { Adapter, OpenContext, WatchSignals } from '@millpond/core'
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

/** For the connections to one target. A class, so that a thousand origins have one set of functions. */
export class HttpAdapter implements Adapter<net.Socket> {
  readonly name: string
  readonly #target: Target
  readonly #host: AdapterHost

  constructor(target: Target, host: AdapterHost) {
    this.name = target.secure ? 'https' : 'http'
    this.#target = target
    this.#host = host
  }

  async open({ signal }: OpenContext): Promise<net.Socket> {
    const held = this.#host.hold(this.#target)
    try {
      const socket = await openSocket(this.#host.createSocket(held), signal)
      this.#host.adopt(socket, held)
      return socket
    } catch (error) {
      this.#host.letGo(held)
      throw error
    }
  }

  close(socket: net.Socket): Promise<void> | undefined {
    return closeSocket(socket)
  }

  destroy(socket: net.Socket): void {
    socket.destroy()
  }

  watch(socket: net.Socket, signals: WatchSignals): () => void {
    return this.#host.connectionOf(socket).watch(signals)
  }

  setRef(socket: net.Socket, keepAlive: boolean): void {
    // A stream that somebody's createConnection made need not be a socket.
    if (keepAlive) socket.ref?.()
    else {
      socket.unref?.()
      this.#host.connectionOf(socket).wasIdle = true
    }
  }

  isFatal(): boolean {
    return true
  }
}
