import { once } from 'node:events'
import net from 'node:net'
import type { ServerTruth } from '@millpond/testing'
import type { LineClient } from '../protocol/line-client.js'

/**
 * A server with a tiny line protocol, on a port of this machine, that can be made to fail. It is also the suite's source
 * of truth: it knows what it has open.
 *
 *     HELLO          WELCOME 7, or FULL
 *     SELECT shop    OK: this connection's database from here on; before, it is "main"
 *     WHICH          DATABASE shop
 *     PING           PONG
 *     QUIT           BYE, and closes the connection
 */
export class LineServer implements ServerTruth<LineClient> {
  readonly #open = new Map<net.Socket, { name: string; database: string }>()
  #listener: net.Server | undefined
  #port = 0
  #welcomed = 0
  #isFull = false
  /** What it will say when it is no longer silent. */
  #unsaid: (() => void)[] | undefined

  /** Resolves when it listens. */
  static async start(): Promise<LineServer> {
    const server = new LineServer()
    while (server.#port === 0) {
      // Below the ports that the kernel gives to outgoing connections: a client that connects while the server is down
      // could be given that very port as its own, and be connected to itself.
      const port = 20_000 + Math.floor(Math.random() * 10_000)
      server.#port = await server.#listen(port).then(
        () => port,
        () => 0,
      )
    }
    return server
  }

  get port(): number {
    return this.#port
  }

  openCount(): number {
    return this.#open.size
  }

  isOpen(client: LineClient): boolean {
    return this.#socketOf(client) !== undefined
  }

  kill(client: LineClient): void {
    this.#socketOf(client)?.resetAndDestroy()
  }

  refuse(on: boolean): void {
    this.#isFull = on
  }

  blackhole(on: boolean): void {
    const unsaid = this.#unsaid ?? []
    this.#unsaid = on ? unsaid : undefined
    if (!on) for (const say of unsaid) say()
  }

  async stop(): Promise<void> {
    const listener = this.#listener
    if (listener === undefined) return
    this.#listener = undefined
    const closed = once(listener.close(), 'close')
    for (const socket of this.#open.keys()) socket.resetAndDestroy()
    await closed
  }

  start(): Promise<void> {
    return this.#listen(this.#port)
  }

  #socketOf(client: LineClient): net.Socket | undefined {
    for (const [socket, { name }] of this.#open) if (name === client.name) return socket
    return undefined
  }

  async #listen(port: number): Promise<void> {
    const listener = net.createServer({ noDelay: true }, (socket) => this.#accept(socket))
    await once(listener.listen(port, '127.0.0.1'), 'listening')
    this.#listener = listener
  }

  #accept(socket: net.Socket): void {
    const session = { name: '', database: 'main' }
    this.#open.set(socket, session)
    const gone = () => this.#open.delete(socket)
    socket.on('end', gone).on('error', gone).on('close', gone)
    let rest = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        const say = () => {
          if (socket.writable) socket.write(`${this.#answer(line, session)}\n`)
          if (line === 'QUIT') socket.end()
        }
        if (this.#unsaid === undefined) say()
        else this.#unsaid.push(say)
      }
    })
  }

  #answer(line: string, session: { name: string; database: string }): string {
    const [verb, argument = ''] = line.split(' ')
    switch (verb) {
      case 'HELLO':
        if (this.#isFull) return 'FULL'
        session.name = String(++this.#welcomed)
        return `WELCOME ${session.name}`
      case 'SELECT':
        session.database = argument
        return 'OK'
      case 'WHICH':
        return `DATABASE ${session.database}`
      case 'PING':
        return 'PONG'
      default:
        return verb === 'QUIT' ? 'BYE' : 'WHAT'
    }
  }
}
