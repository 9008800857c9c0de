import { once } from 'node:events'
import net from 'node:net'
import type { ServerTruth } from '@millpond/testing'
import type { LineClient } from './line-client.js'

/**
 * A small server: it answers each line, in order. `WHO` tells a session its number, `SET x` changes its setting, `GET`
 * reads it, `RESET` undoes it, `PING` does nothing.
 */
export class LineServer implements ServerTruth<LineClient> {
  #listener: net.Server | undefined
  #port = 0
  #sessions = 0
  readonly #open = new Map<number, net.Socket>()
  #unheard: (() => void)[] | undefined

  static async start(): Promise<LineServer> {
    const server = new LineServer()
    while (server.#port === 0) {
      // Below the ports that the kernel gives to outgoing connections: one of those could connect to itself while the
      // server is down.
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
    return this.#open.has(client.session)
  }

  kill(client: LineClient): void {
    this.#open.get(client.session)?.resetAndDestroy()
    this.#open.delete(client.session)
  }

  async refuse(on: boolean): Promise<void> {
    if (on) this.#listener?.close()
    else await this.#listen(this.#port)
  }

  blackhole(on: boolean): void {
    const unheard = this.#unheard ?? []
    this.#unheard = on ? unheard : undefined
    if (!on) for (const hear of unheard) hear()
  }

  stop(): void {
    this.#listener?.close()
    for (const socket of this.#open.values()) socket.resetAndDestroy()
    this.#open.clear()
  }

  start(): Promise<void> {
    return this.#listen(this.#port)
  }

  async #listen(port: number): Promise<void> {
    const listener = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket))
    await once(listener.listen(port, '127.0.0.1'), 'listening')
    this.#listener = listener
  }

  #accept(socket: net.Socket): void {
    const session = ++this.#sessions
    let setting = 'none'
    const answers: Record<string, (value: string) => string> = {
      WHO: () => String(session),
      GET: () => setting,
      PING: () => 'PONG',
      SET: (value) => {
        setting = value
        return 'OK'
      },
      RESET: () => {
        setting = 'none'
        return 'OK'
      },
    }
    this.#open.set(session, socket)
    socket.on('error', () => {}).on('close', () => this.#open.delete(session))
    socket.setEncoding('utf8').on('data', (text: unknown) => {
      for (const line of String(text).split('\n').filter(Boolean)) {
        const [word = '', value = ''] = line.split(' ')
        this.#hear(() => socket.write(`${answers[word]?.(value) ?? 'WHAT'}\n`))
      }
    })
    socket.on('end', () => this.#hear(() => socket.end()))
  }

  /** Now, or once the server is no longer silent. */
  #hear(hear: () => void): void {
    if (this.#unheard === undefined) hear()
    else this.#unheard.push(hear)
  }
}
