import { once } from 'node:events'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Gauge } from '../gauge.js'

/**
 * A server with a tiny line protocol, on a free port of this machine. It counts what its clients do to it.
 *
 *     HELLO acme     WELCOME          for the database "acme"; takes as long as a handshake does here
 *     WORK 5         BY replica-1     after 5 ms: the server's name
 */
export class LineServer implements AsyncDisposable {
  readonly name: string
  readonly connections = new Gauge()
  /** Requests that it is working on. */
  readonly requests = new Gauge()
  readonly #handshake: number
  readonly #databases = new Map<string, Gauge>()
  readonly #sockets = new Set<net.Socket>()
  #listener: net.Server | undefined
  #port = 0
  #lastWords: string | undefined

  private constructor(name: string, handshake: number) {
    this.name = name
    this.#handshake = handshake
  }

  /** Resolves when it listens. */
  static async start(name: string, { handshake = 0 } = {}): Promise<LineServer> {
    const server = new LineServer(name, handshake)
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

  /** Connections whose handshake named this database. */
  connectionsTo(database: string): Gauge {
    const known = this.#databases.get(database)
    if (known !== undefined) return known
    const gauge = new Gauge()
    this.#databases.set(database, gauge)
    return gauge
  }

  /** As when its process dies: nobody listens on its port any more, and every connection is reset. */
  async kill(): Promise<void> {
    const listener = this.#listener
    if (listener === undefined) return
    this.#listener = undefined
    const closed = once(listener.close(), 'close')
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  /** After a kill, on the same port. */
  restart(): Promise<void> {
    return this.#listen(this.#port)
  }

  /** Answers the next request with no more than this, and closes the connection. */
  hangUpAfter(lastWords: string): void {
    this.#lastWords = lastWords
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill()
  }

  async #listen(port: number): Promise<void> {
    const listener = net.createServer({ noDelay: true }, (socket) => this.#accept(socket))
    await once(listener.listen(port, '127.0.0.1'), 'listening')
    this.#listener = listener
  }

  #accept(socket: net.Socket): void {
    const gauges = new Set<Gauge>()
    const count = (gauge: Gauge) => {
      gauges.add(gauge)
      gauge.enter()
    }
    // Counted until the client's FIN: how long it takes the server to close its side is its own affair.
    const gone = () => {
      for (const gauge of gauges) gauge.leave()
      gauges.clear()
    }
    count(this.connections)
    this.#sockets.add(socket)
    socket.on('end', gone).on('error', gone)
    socket.on('close', () => {
      gone()
      this.#sockets.delete(socket)
    })
    let rest = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) void this.#serve(line, socket, count)
    })
  }

  async #serve(line: string, socket: net.Socket, count: (gauge: Gauge) => void): Promise<void> {
    const [verb, argument = ''] = line.split(' ')
    if (verb === 'HELLO') {
      count(this.connectionsTo(argument))
      await sleep(this.#handshake)
      this.#answer('WELCOME\n', socket)
      return
    }
    if (this.#lastWords !== undefined) {
      socket.end(this.#lastWords)
      this.#lastWords = undefined
      return
    }
    this.requests.enter()
    await sleep(Number(argument))
    this.requests.leave()
    this.#answer(`BY ${this.name}\n`, socket)
  }

  #answer(text: string, socket: net.Socket): void {
    if (socket.writable) socket.write(text)
  }
}
