import { once } from 'node:events'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

/**
 * Listens at one port, and keeps the port for itself while it does not listen: one connection of its own to itself, the
 * anchor, stays open. As long as an accepted connection lives, the system gives its port to nobody who does not ask for
 * exactly this one, and refuses who connects to it.
 */
export class Listener {
  readonly #onConnection: (socket: net.Socket) => void
  readonly #host: string
  #port: number
  #server: net.Server | undefined
  #opening: Promise<void> | undefined
  #wanted = true
  /** Its two ends, the connecting one first. */
  #anchor: net.Socket[] = []

  constructor(host: string, port: number, onConnection: (socket: net.Socket) => void) {
    this.#host = host
    this.#port = port
    this.#onConnection = onConnection
  }

  /** Listens for the first time. Rejects with Node's error when the port cannot be had. */
  async start(): Promise<void> {
    await this.open()
    await this.#castAnchor()
  }

  /** The given one; once it listens, the one it has. */
  get port(): number {
    return this.#port
  }

  /** Listens (again). */
  open(): Promise<void> {
    this.#wanted = true
    if (this.#server !== undefined) return Promise.resolve()
    this.#opening ??= this.#listen()
    return this.#opening
  }

  /** Refuses from now on. */
  shut(): void {
    this.#wanted = false
    this.#server?.close()
    this.#server = undefined
  }

  /** Gives the port away. Settles once nothing is left of it and of what it accepted, which is for others to end. */
  async close(): Promise<void> {
    const server = this.#server
    const stopped = server && once(server, 'close')
    this.shut()
    const anchor = this.#anchor
    this.#anchor = []
    const gone = anchor.map((socket) => once(socket, 'close'))
    for (const socket of anchor) socket.destroy()
    await Promise.all([stopped, ...gone])
  }

  async #listen(): Promise<void> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true })
    server.on('connection', (socket) => this.#onAccepted(socket))
    server.listen({ host: this.#host, port: this.#port })
    try {
      await once(server, 'listening')
    } finally {
      this.#opening = undefined
    }
    this.#port = (server.address() as net.AddressInfo).port
    if (this.#wanted) this.#server = server
    else server.close()
  }

  #onAccepted(socket: net.Socket): void {
    if (this.#anchor.length === 1 && socket.remotePort === this.#anchor[0]?.localPort) this.#anchor.push(socket)
    else if (this.#wanted) this.#onConnection(socket)
    else socket.resetAndDestroy()
  }

  async #castAnchor(): Promise<void> {
    const near = net.connect({ host: this.#host, port: this.#port })
    this.#anchor = [near]
    await once(near, 'connect')
    // Connected by the system, which may be before it is accepted here.
    while (this.#anchor.length < 2) await turn()
  }
}
