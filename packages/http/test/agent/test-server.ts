import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { certificates } from '../../../tcp/test/certificates.js'

type Listener = http.RequestListener

/** An HTTP server of Node's, or a bare one, on a free loopback port, which counts its connections. */
export class TestServer {
  readonly #server: net.Server
  readonly #open = new Set<net.Socket>()
  readonly #scheme: string
  accepted = 0

  private constructor(server: net.Server, scheme: string) {
    this.#server = server
    this.#scheme = scheme
    server.on('connection', (socket: net.Socket) => {
      this.accepted++
      this.#open.add(socket)
      socket.on('error', () => {}).on('close', () => this.#open.delete(socket))
    })
  }

  static http(listener: Listener, options: http.ServerOptions = {}): Promise<TestServer> {
    return TestServer.#listening(http.createServer(options, listener), 'http')
  }

  static https(listener: Listener, options: https.ServerOptions = {}): Promise<TestServer> {
    const tls = { key: certificates.key, cert: certificates.good, ...options }
    return TestServer.#listening(
      https.createServer(tls, listener).on('tlsClientError', () => {}),
      'https',
    )
  }

  /** Whatever speaks on a socket. */
  static raw(listener: (socket: net.Socket) => void): Promise<TestServer> {
    return TestServer.#listening(net.createServer(listener), 'http')
  }

  static async #listening(server: net.Server, scheme: string): Promise<TestServer> {
    const started = new TestServer(server, scheme)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return started
  }

  get server(): net.Server {
    return this.#server
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  get origin(): string {
    return `${this.#scheme}://localhost:${this.port}`
  }

  url(path = '/'): string {
    return `${this.origin}${path}`
  }

  get openCount(): number {
    return this.#open.size
  }

  /** Resolves once its clients have left; a client that does not leave fails the test by its timeout. */
  async emptied(): Promise<void> {
    await Promise.all([...this.#open].map((socket) => new Promise((resolve) => socket.on('close', resolve))))
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise((resolve) => {
      this.#server.close(resolve)
      for (const socket of this.#open) socket.destroy()
    })
  }
}
