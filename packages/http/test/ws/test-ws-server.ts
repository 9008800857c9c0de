import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type net from 'node:net'
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws'
import { certificates } from '../../../tcp/test/certificates.js'

type OnConnection = (webSocket: WebSocket, request: http.IncomingMessage) => void

/** What a server under test may be told. */
export interface TestWsOptions extends ServerOptions {
  readonly isTls?: boolean
  readonly listenOn?: number
}

/** Sends back what it gets. */
export const echo: OnConnection = (webSocket) => {
  webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }))
}

/** A WebSocket server of `ws` on a free loopback port, which knows its connections. */
export class TestWsServer {
  readonly #http: http.Server
  readonly #webSockets: WebSocketServer
  readonly #scheme: string
  readonly #sockets = new Set<net.Socket>()
  /** Those that are open. */
  readonly clients: WebSocket[] = []
  /** The codes and reasons with which clients have said goodbye. */
  readonly goodbyes: string[] = []
  accepted = 0

  private constructor({ isTls = false, listenOn: _, ...options }: TestWsOptions, onConnection: OnConnection) {
    const { key, good: cert } = certificates
    this.#scheme = isTls ? 'wss' : 'ws'
    this.#http = isTls ? https.createServer({ key, cert }) : http.createServer()
    this.#webSockets = new WebSocketServer({ ...options, server: this.#http })
    this.#http.on('connection', (socket) => {
      this.accepted++
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    })
    this.#webSockets.on('connection', (webSocket, request) => {
      this.clients.push(webSocket)
      webSocket
        .on('error', () => {})
        .on('close', (code, reason) => {
          this.goodbyes.push(`${code} ${reason}`.trim())
          this.clients.splice(this.clients.indexOf(webSocket), 1)
        })
      onConnection(webSocket, request)
    })
  }

  /** Resolves when it listens. */
  static async start(options: TestWsOptions = {}, onConnection: OnConnection = echo): Promise<TestWsServer> {
    const server = new TestWsServer(options, onConnection)
    await once(server.#http.listen(options.listenOn ?? 0, '127.0.0.1'), 'listening')
    return server
  }

  get http(): http.Server {
    return this.#http
  }

  get port(): number {
    return (this.#http.address() as net.AddressInfo).port
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
    if (!this.#http.listening) return
    await new Promise<void>((resolve) => {
      this.#webSockets.close()
      this.#http.close(() => resolve())
      for (const socket of this.#sockets) socket.destroy()
    })
  }
}
