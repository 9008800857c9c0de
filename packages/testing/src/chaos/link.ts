import type net from 'node:net'
import type { ActiveToxic } from './active-toxic.js'
import { Flow, type FlowOwner } from './flow.js'
import { resetSocket } from './reset-socket.js'

/** One proxied connection: a socket to the client, one to the server, and a flow in each direction. */
export class Link implements FlowOwner {
  /** 1, 2, 3 … in the order in which the proxy accepted. */
  readonly number: number
  /** Settles once both sockets have closed. */
  readonly closed: Promise<void>
  readonly #client: net.Socket
  readonly #server: net.Socket
  readonly #flows: { readonly upstream: Flow; readonly downstream: Flow }

  constructor(number: number, client: net.Socket, server: net.Socket) {
    this.number = number
    this.#client = client
    this.#server = server
    // Flows take their listeners off when they stop, and sockets may fail later still.
    for (const socket of [client, server]) socket.on('error', ignore)
    this.#flows = { upstream: new Flow(client, server, this), downstream: new Flow(server, client, this) }
    this.closed = Promise.all([closed(client), closed(server)]).then(() => this.#stop())
  }

  /** Draws whether the connection suffers from it, and lets it. */
  add(toxic: ActiveToxic): void {
    if (toxic.strikes(this.number)) this.#flows[toxic.toxic.stream].add(toxic)
  }

  remove(toxic: ActiveToxic): void {
    this.#flows[toxic.toxic.stream].remove(toxic)
  }

  /** Both sides get what has been written to them, then FIN. */
  close(): void {
    this.#stop()
    this.#client.destroySoon()
    this.#server.destroySoon()
  }

  /** Both sides get RST. */
  reset(): void {
    this.#stop()
    resetSocket(this.#client)
    resetSocket(this.#server)
  }

  /** Both sides get FIN at once. */
  destroy(): void {
    this.#stop()
    this.#client.destroy()
    this.#server.destroy()
  }

  #stop(): void {
    this.#flows.upstream.stop()
    this.#flows.downstream.stop()
  }
}

function closed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
  })
}

function ignore(): void {}
