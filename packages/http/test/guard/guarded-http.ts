import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import tls from 'node:tls'
import { type Guard, type GuardOptions, guard } from '@millpond/http/server'
import { certificates } from '../../../tcp/test/certificates.js'

export type Kind = 'http' | 'https' | 'http2' | 'h2c'

const identity = { key: certificates.key, cert: certificates.good }

const make = {
  http: () => http.createServer(),
  https: () => https.createServer(identity),
  http2: () => http2.createSecureServer({ ...identity, allowHTTP1: true }),
  h2c: () => http2.createServer(),
} satisfies Record<Kind, () => net.Server>

/** A server under guard on a free port of loopback, its clients, and what was heard of both. */
export class GuardedHttp {
  readonly server: net.Server
  readonly guard: Guard
  readonly sockets: net.Socket[] = []
  readonly events: { name: string; event: Record<string, unknown> }[] = []
  /** Paths of the requests that reached the handler. */
  readonly handled: string[] = []

  private constructor(kind: Kind, options: GuardOptions, handler: http.RequestListener) {
    this.server = make[kind]()
    this.guard = guard(this.server, options)
    for (const name of ['connect', 'transition', 'retire', 'disconnect', 'refuse', 'close'] as const) {
      this.guard.on(name, (event: object) => this.events.push({ name, event: { ...event } }))
    }
    this.server.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
      this.handled.push(request.url ?? '')
      handler(request, response)
    })
  }

  static async start(
    options: GuardOptions = {},
    handler: http.RequestListener = (_, response) => void response.end('hello'),
    kind: Kind = 'http',
  ): Promise<GuardedHttp> {
    const guarded = new GuardedHttp(kind, options, handler)
    guarded.server.listen(0, '127.0.0.1')
    await once(guarded.server, 'listening')
    return guarded
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port
  }

  async connect(): Promise<RawClient> {
    return this.#open(net.connect(this.port, '127.0.0.1'), 'connect')
  }

  async connectSecurely(): Promise<RawClient> {
    return this.#open(tls.connect({ port: this.port, host: '127.0.0.1', rejectUnauthorized: false }), 'secureConnect')
  }

  async #open(socket: net.Socket, event: string): Promise<RawClient> {
    socket.on('error', () => {})
    this.sockets.push(socket)
    const client = new RawClient(socket)
    await once(socket, event)
    return client
  }

  get states(): string[] {
    return [...this.guard.connections()].map(({ state }) => state)
  }

  /** Resolves with the next event of this name, or the first that there was. */
  async heard(name: string, index = 0): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.events.filter((heard) => heard.name === name)[index]
      if (found !== undefined) return found.event
      await once(this.guard as never, name)
    }
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    await this.guard.destroy()
  }
}

/** A client that sends what it is told, and keeps what comes back. */
export class RawClient {
  readonly socket: net.Socket
  text = ''

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', (chunk) => {
      this.text += String(chunk)
    })
  }

  send(text: string): void {
    this.socket.write(text)
  }

  get(path = '/', headers = ''): void {
    this.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`)
  }

  /** Resolves once that many answers have begun. */
  async answers(count: number): Promise<string[]> {
    for (;;) {
      const answers = this.text.split(/(?=HTTP\/1\.1 \d)/).filter((part) => part.startsWith('HTTP/1.1 '))
      const last = answers.at(-1) ?? ''
      if (answers.length >= count && /hello$|\r\n0\r\n\r\n$|Content-Length: 0\r\n\r\n$/.test(last)) return answers
      if (this.socket.closed) throw new Error(`ended after ${JSON.stringify(this.text)}`)
      await sleep(1)
    }
  }

  /** Resolves with all that came, once the connection has ended. */
  async ended(): Promise<string> {
    if (!this.socket.closed) await new Promise<void>((resolve) => this.socket.on('close', () => resolve()))
    return this.text
  }
}
