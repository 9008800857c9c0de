import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import { type GuardOptions, guard, type SocketGuard } from '@millpond/tcp/server'
import { certificates } from '../certificates.js'

/** Clients and a server under guard, on a free port of loopback; the server echoes. */
export class Guarded {
  readonly server: net.Server
  readonly guard: SocketGuard
  /** What the server was handed, in order. */
  readonly accepted: net.Socket[] = []
  readonly clients: net.Socket[] = []
  readonly events: { name: string; event: Record<string, unknown> }[] = []

  private constructor(server: net.Server, options: GuardOptions, onSocket: (socket: net.Socket) => void) {
    this.server = server
    this.guard = guard(server, options)
    for (const name of ['connect', 'connectError', 'transition', 'retire', 'disconnect', 'refuse', 'close'] as const) {
      this.guard.on(name, (event: object) => this.events.push({ name, event: { ...event } }))
    }
    const event = server instanceof tls.Server ? 'secureConnection' : 'connection'
    server.on(event, (socket: net.Socket) => {
      this.accepted.push(socket)
      socket.on('error', () => {})
      onSocket(socket)
    })
  }

  static async start(
    options: GuardOptions = {},
    { secure = false, onSocket = echo }: { secure?: boolean; onSocket?: (socket: net.Socket) => void } = {},
  ): Promise<Guarded> {
    const server = secure ? tls.createServer({ key: certificates.key, cert: certificates.good }) : net.createServer()
    const guarded = new Guarded(server, options, onSocket)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return guarded
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port
  }

  /** A plain socket to the server, connected as far as TCP is concerned. */
  async connect(): Promise<net.Socket> {
    const client = net.connect(this.port, '127.0.0.1')
    client.on('error', () => {})
    this.clients.push(client)
    await once(client, 'connect')
    return client
  }

  async connectSecurely(): Promise<tls.TLSSocket> {
    const client = tls.connect({ port: this.port, host: '127.0.0.1', ca: certificates.authority })
    client.on('error', () => {})
    this.clients.push(client)
    await once(client, 'secureConnect')
    return client
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
    for (const client of this.clients) client.destroy()
    await this.guard.destroy()
  }
}

export function echo(socket: net.Socket): void {
  socket.on('data', (chunk) => socket.write(chunk))
}

/** Sends and resolves with what comes back, once that is as long. */
export async function exchange(client: net.Socket, text: string): Promise<string> {
  let answer = ''
  const onData = (chunk: Buffer) => {
    answer += chunk.toString()
    if (answer.length >= text.length) client.emit('test:answered')
  }
  const answered = once(client, 'test:answered')
  client.on('data', onData)
  client.write(text)
  await answered
  client.off('data', onData)
  return answer
}

/** Resolves once the socket has ended, in whichever way. */
export function ended(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve()
    else socket.on('close', () => resolve()).resume()
  })
}
