import { once } from 'node:events'
import http2 from 'node:http2'
import type net from 'node:net'
import { certificates } from '../../../tcp/test/certificates.js'

type OnStream = (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void

/** What a server under test may be told. */
export interface TestHttp2Options extends http2.SecureServerOptions {
  readonly isTls?: boolean
  readonly port?: number
}

/** Answers a stream with what it asked: `GET /path`. */
export const answer: OnStream = (stream, headers) => {
  stream.respond({ ':status': 200 })
  stream.end(`${headers[':method']} ${headers[':path']}`)
}

/** An HTTP/2 server of Node's on a free loopback port, which knows its sessions. */
export class TestHttp2Server {
  readonly #server: http2.Http2Server | http2.Http2SecureServer
  readonly #scheme: string
  readonly #sockets = new Set<net.Socket>()
  readonly sessions: http2.ServerHttp2Session[] = []
  /** Connections accepted so far. */
  accepted = 0

  private constructor({ isTls = false, ...options }: TestHttp2Options, onStream: OnStream) {
    const { key, good: cert } = certificates
    this.#scheme = isTls ? 'https' : 'http'
    this.#server = isTls ? http2.createSecureServer({ key, cert, ...options }) : http2.createServer(options)
    this.#server.on('connection', (socket: net.Socket) => {
      this.accepted++
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('session', (session) => {
      this.sessions.push(session)
      session.on('error', () => {})
      session.on('close', () => this.sessions.splice(this.sessions.indexOf(session), 1))
    })
    this.#server.on('sessionError', () => {}).on('tlsClientError', () => {})
    this.#server.on('stream', (stream, headers) => {
      stream.on('error', () => {})
      onStream(stream, headers)
    })
  }

  /** Resolves when it listens. */
  static async start(options: TestHttp2Options = {}, onStream: OnStream = answer): Promise<TestHttp2Server> {
    const server = new TestHttp2Server(options, onStream)
    await once(server.#server.listen(options.port ?? 0, '127.0.0.1'), 'listening')
    return server
  }

  get server(): http2.Http2Server | http2.Http2SecureServer {
    return this.#server
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port
  }

  url(path = '/'): string {
    return `${this.#scheme}://localhost:${this.port}${path}`
  }

  get openCount(): number {
    return this.#sockets.size
  }

  /** Resets every connection. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Resolves once its clients have left; a client that does not leave fails the test by its timeout. */
  async emptied(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.on('close', resolve))))
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }
}
