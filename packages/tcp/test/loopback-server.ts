import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { certificates } from './certificates.js'

/** A server on a free loopback port or a Unix socket, which knows its open connections. */
export class LoopbackServer {
  readonly #server: net.Server
  readonly #open = new Set<net.Socket>()
  readonly #accepted: net.Socket[] = []
  #onAccept: (() => void) | undefined

  private constructor(server: net.Server, event: 'connection' | 'secureConnection') {
    this.#server = server
    // Counted by TCP connection, handed out as what the protocol makes of it.
    server.on('connection', (socket: net.Socket) => {
      this.#open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#open.delete(socket))
    })
    server.on(event, (socket: net.Socket) => {
      socket.on('error', () => {})
      this.#accepted.push(socket)
      this.#onAccept?.()
    })
    server.on('tlsClientError', () => {})
  }

  static async plain(
    options: net.ServerOpts & { path?: string; host?: string; port?: number } = {},
  ): Promise<LoopbackServer> {
    const server = new LoopbackServer(net.createServer(options), 'connection')
    await server.#listen(options.path, options.host, options.port)
    return server
  }

  static async tls(options: tls.TlsOptions & { cert: string; host?: string; port?: number }): Promise<LoopbackServer> {
    const { host, port, ...ofServer } = options
    const server = new LoopbackServer(tls.createServer({ key: certificates.key, ...ofServer }), 'secureConnection')
    await server.#listen(undefined, host, port)
    return server
  }

  async #listen(path: string | undefined, host = '127.0.0.1', port = 0): Promise<void> {
    this.#server.listen(path === undefined ? { host, port } : { path })
    await once(this.#server, 'listening')
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('this server has no port')
    return address.port
  }

  /** Resolves with the next accepted socket nobody has asked for yet. */
  async accepted(): Promise<net.Socket> {
    let socket = this.#accepted.shift()
    while (!socket) {
      await new Promise<void>((resolve) => {
        this.#onAccept = resolve
      })
      socket = this.#accepted.shift()
    }
    return socket
  }

  get openCount(): number {
    return this.#open.size
  }

  /** Resets every connection, under TLS too. */
  reset(): void {
    for (const socket of this.#open) socket.resetAndDestroy()
  }

  /** Resolves once its clients have left; a client that does not leave fails the test by its timeout. */
  async emptied(): Promise<void> {
    const leaving = [...this.#open].map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on('close', () => resolve())
          socket.resume()
          socket.end()
        }),
    )
    await Promise.all(leaving)
  }

  /** Stops listening; what is connected stays so. */
  async close(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve)
      for (const socket of this.#open) socket.destroy()
    })
  }
}
