import { once } from 'node:events'
import net from 'node:net'
import type { ServerTruth } from '@millpond/testing'

/**
 * Stands before a server and knows what is connected to it: what `adapterSuite` has to know of a server, whatever it
 * speaks. It recognises a client's connection by its port.
 */
export class ObservedRelay<R extends object> implements ServerTruth<R> {
  readonly #target: number
  readonly #portOf: (resource: R) => number | undefined
  readonly #ports = new WeakMap<R, number>()
  /** By the client's port. */
  readonly #open = new Map<number, net.Socket>()
  readonly #sockets = new Set<net.Socket>()
  #listener: net.Server | undefined
  #port = 0
  #isRefusing = false
  /** What has come while it was silent. */
  #unheard: (() => void)[] | undefined

  private constructor(target: number, portOf: (resource: R) => number | undefined) {
    this.#target = target
    this.#portOf = portOf
  }

  /** Resolves when it listens. `target` is the server's port on this machine. */
  static async before<R extends object>(
    target: number,
    portOf: (resource: R) => number | undefined,
  ): Promise<ObservedRelay<R>> {
    const relay = new ObservedRelay(target, portOf)
    while (relay.#port === 0) {
      // Below the ports that the kernel gives to outgoing connections: a client that connects while nobody listens could
      // be given that very port as its own, and be connected to itself.
      const port = 20_000 + Math.floor(Math.random() * 10_000)
      relay.#port = await relay.#listen(port).then(
        () => port,
        () => 0,
      )
    }
    return relay
  }

  get port(): number {
    return this.#port
  }

  openCount(): number {
    return this.#open.size
  }

  isOpen(resource: R): boolean {
    const port = this.#ports.get(resource) ?? this.#portOf(resource)
    if (port === undefined) return false
    this.#ports.set(resource, port)
    return this.#open.has(port)
  }

  kill(resource: R): void {
    const port = this.#ports.get(resource) ?? this.#portOf(resource)
    if (port !== undefined) this.#open.get(port)?.resetAndDestroy()
  }

  async refuse(on: boolean): Promise<void> {
    if (on === this.#isRefusing) return
    this.#isRefusing = on
    if (on) this.#stopListening()
    else await this.#listen(this.#port)
  }

  blackhole(on: boolean): void {
    const unheard = this.#unheard ?? []
    this.#unheard = on ? unheard : undefined
    if (!on) for (const hear of unheard) hear()
  }

  stop(): void {
    this.#stopListening()
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  start(): Promise<void> {
    return this.#listen(this.#port)
  }

  async #listen(port: number): Promise<void> {
    const listener = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
    await once(listener.listen(port, '127.0.0.1'), 'listening')
    this.#listener = listener
  }

  #stopListening(): void {
    this.#listener?.close()
    this.#listener = undefined
  }

  #accept(client: net.Socket): void {
    const port = client.remotePort as number
    const gone = () => {
      if (this.#open.get(port) === client) this.#open.delete(port)
    }
    this.#open.set(port, client)
    this.#keep(client.on('end', () => this.#hear(gone)).on('close', gone))
    // What it sends before it is heard waits.
    const server = net.connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true })
    this.#keep(server)
    this.#forward(client, server)
    this.#forward(server, client)
  }

  #keep(socket: net.Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }

  #forward(from: net.Socket, to: net.Socket): void {
    from.on('data', (chunk) => this.#hear(() => to.writable && to.write(chunk)))
    from.on('end', () => this.#hear(() => to.end()))
    from.on('close', () => {
      if (from.errored || !from.readableEnded) to.resetAndDestroy()
    })
  }

  /** Now, or once it is no longer silent. */
  #hear(hear: () => void): void {
    if (this.#unheard === undefined) hear()
    else this.#unheard.push(hear)
  }
}
