import { once } from 'node:events'
import net from 'node:net'
import type { ServerTruth } from '../../src/adapter-suite/server-truth.js'
import type { LineClient } from './line-client.js'

/** One client's connection, as the server has it. */
interface Session {
  readonly socket: net.Socket
  readonly variables: Map<string, string>
  database: string
}

/**
 * A server with a tiny line protocol, whose connections have state, on a port of this machine.
 *
 *     HELLO         WELCOME 7, or ERR while it refuses: ending the connection is up to the client
 *     PING          PONG
 *     SET colour x  OK
 *     GET colour    VALUE x, or NONE
 *     CLEAR         OK: no variable is set any more
 *     USE archive   OK: this is the database from here on
 *     WHICH         DATABASE archive
 *     QUIT          BYE, and ends the connection
 */
export class LineServer implements ServerTruth<LineClient> {
  readonly #sessions = new Map<string, Session>()
  readonly #open = new Set<net.Socket>()
  #listener: net.Server | undefined
  #port = 0
  #greeted = 0
  #isRefusing = false
  #unanswered: (() => void)[] | undefined

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
    const session = this.#sessions.get(client.name)
    return session !== undefined && this.#open.has(session.socket)
  }

  kill(client: LineClient): void {
    this.#sessions.get(client.name)?.socket.resetAndDestroy()
  }

  refuse(on: boolean): void {
    this.#isRefusing = on
  }

  blackhole(on: boolean): void {
    const unanswered = this.#unanswered ?? []
    this.#unanswered = on ? unanswered : undefined
    if (!on) for (const answer of unanswered) answer()
  }

  async stop(): Promise<void> {
    const listener = this.#listener
    if (listener === undefined) return
    this.#listener = undefined
    const closed = once(listener.close(), 'close')
    for (const socket of this.#open) socket.resetAndDestroy()
    await closed
  }

  start(): Promise<void> {
    return this.#listen(this.#port)
  }

  async #listen(port: number): Promise<void> {
    const listener = net.createServer({ noDelay: true }, (socket) => this.#accept(socket))
    await once(listener.listen(port, '127.0.0.1'), 'listening')
    this.#listener = listener
  }

  #accept(socket: net.Socket): void {
    this.#open.add(socket)
    const gone = () => this.#open.delete(socket)
    socket.on('end', gone).on('error', gone).on('close', gone)
    const session: Session = { socket, variables: new Map(), database: 'main' }
    let rest = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#hear(line, session)
    })
  }

  #hear(line: string, session: Session): void {
    const answer = () => {
      if (session.socket.writable) session.socket.write(`${this.#answer(line, session)}\n`)
      if (line === 'QUIT') session.socket.end()
    }
    if (this.#unanswered === undefined) answer()
    else this.#unanswered.push(answer)
  }

  #answer(line: string, session: Session): string {
    const [verb, name = '', value = ''] = line.split(' ')
    switch (verb) {
      case 'HELLO': {
        if (this.#isRefusing) return 'ERR too many connections'
        const number = String(++this.#greeted)
        this.#sessions.set(number, session)
        return `WELCOME ${number}`
      }
      case 'PING':
        return 'PONG'
      case 'SET':
        session.variables.set(name, value)
        return 'OK'
      case 'GET':
        return session.variables.has(name) ? `VALUE ${session.variables.get(name)}` : 'NONE'
      case 'CLEAR':
        session.variables.clear()
        return 'OK'
      case 'USE':
        session.database = name
        return 'OK'
      case 'WHICH':
        return `DATABASE ${session.database}`
      case 'QUIT':
        return 'BYE'
      default:
        return `ERR ${verb} is no command`
    }
  }
}
