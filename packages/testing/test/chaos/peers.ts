import { once } from 'node:events'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { type ChaosProxy, chaosProxy } from '../../src/chaos/chaos-proxy.js'
import type { ChaosProxyOptions } from '../../src/chaos/chaos-proxy-options.js'

/** One end of a connection, with all that it has heard. */
export class Peer {
  readonly socket: net.Socket
  /** What arrived, read by read. */
  readonly chunks: Buffer[] = []
  /** 'end' for FIN, the code of an error, 'close' once nothing more can come; in order. */
  readonly events: string[] = []

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => this.chunks.push(chunk))
    socket.on('end', () => this.events.push('end'))
    socket.on('error', (error: NodeJS.ErrnoException) => this.events.push(error.code ?? error.message))
    socket.on('close', () => this.events.push('close'))
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString()
  }

  get bytes(): number {
    return this.chunks.reduce((sum, { length }) => sum + length, 0)
  }

  /** Resolves once it has heard this event. */
  async hears(event: string): Promise<void> {
    await until(() => this.events.includes(event))
  }

  async receives(bytes: number): Promise<void> {
    await until(() => this.bytes >= bytes)
  }
}

/** ms that a test waits for what must come; it comes within a few. */
const PATIENCE = 4_000

/** Looks once in each turn of the event loop. */
export async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Not so within ${PATIENCE} ms: ${isSo}`)
    await turn()
  }
}

/** Long enough for anything on loopback to have arrived that is on its way. */
export async function settled(turns = 40): Promise<void> {
  for (let n = 0; n < turns; n++) await turn()
}

/** A server that keeps its side open when the client has ended its own, and a proxy before it. */
export class Rig {
  readonly server: net.Server
  readonly proxy: ChaosProxy
  readonly #peers: Peer[] = []
  readonly #accepted: Peer[] = []

  private constructor(server: net.Server, proxy: ChaosProxy) {
    this.server = server
    this.proxy = proxy
    server.on('connection', (socket) => {
      const peer = new Peer(socket)
      this.#peers.push(peer)
      this.#accepted.push(peer)
    })
  }

  static async up(options: Partial<ChaosProxyOptions> = {}): Promise<Rig> {
    const server = net.createServer({ allowHalfOpen: true, noDelay: true })
    const { target } = options
    server.listen(typeof target === 'object' && 'path' in target ? target : { port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const address = server.address() as net.AddressInfo | string
    const proxy = await chaosProxy({
      target: typeof address === 'string' ? { path: address } : address.port,
      ...options,
    })
    return new Rig(server, proxy)
  }

  /** A client alone: nobody has answered yet. */
  dial(): Peer {
    const { host, port } = this.proxy
    const peer = new Peer(net.connect({ host, port, allowHalfOpen: true, noDelay: true }))
    this.#peers.push(peer)
    return peer
  }

  /** Both ends of one connection through the proxy. */
  async connect(): Promise<{ client: Peer; server: Peer }> {
    const client = this.dial()
    await until(() => this.#accepted.length > 0)
    return { client, server: this.#accepted.shift() as Peer }
  }

  /** The server's end of the connection accepted next. */
  async accepted(): Promise<Peer> {
    await until(() => this.#accepted.length > 0)
    return this.#accepted.shift() as Peer
  }

  async down(): Promise<void> {
    await this.proxy.close()
    for (const { socket } of this.#peers) socket.destroy()
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve))
  }
}
