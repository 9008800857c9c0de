import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { lines } from '@millpond/tcp'
import type { ServerCosts } from '../options.js'
import type { Counts } from './messages.js'

/**
 * A server with a small line protocol and a dear handshake. One connection, one request at a time:
 *
 *     HELLO       WELCOME 4711-12      the server's name for this connection: process and number
 *     GET 7       VALUE 7
 *     PING        PONG
 *     quit        (closes)
 */
export class LineServer {
  readonly #costs: ServerCosts
  readonly #changed: (counts: Counts) => void
  readonly #connections = new Map<net.Socket, string>()
  readonly #server = net.createServer({ noDelay: true }, (socket) => this.#accept(socket))
  #most = 0
  #accepted = 0

  constructor(costs: ServerCosts, changed: (counts: Counts) => void) {
    this.#costs = costs
    this.#changed = changed
  }

  get counts(): Counts {
    return { now: this.#connections.size, most: this.#most, accepted: this.#accepted }
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(port, '127.0.0.1', resolve)
    })
  }

  /** Cuts some connections with a TCP reset; returns their names. */
  reset(count: number): string[] {
    const chosen = [...this.#connections].slice(0, count)
    for (const [socket] of chosen) socket.resetAndDestroy()
    return chosen.map(([, name]) => name)
  }

  #accept(socket: net.Socket): void {
    const name = `${process.pid}-${++this.#accepted}`
    this.#connections.set(socket, name)
    this.#most = Math.max(this.#most, this.#connections.size)
    this.#changed(this.counts)
    const gone = () => {
      if (this.#connections.delete(socket)) this.#changed(this.counts)
    }
    // Counted until the client's FIN: what 'close' waits for beyond it is the server's own affair.
    socket.on('end', gone).on('error', gone).on('close', gone)
    // How it ended, the events have told.
    this.#serve(socket, name).catch(() => {})
  }

  async #serve(socket: net.Socket, name: string): Promise<void> {
    for await (const line of lines(socket)) {
      if (line === 'quit') socket.end()
      // Not waited for: who has given up is noticed while the answer is made.
      else void this.#answer(line, name).then((answer) => socket.writable && socket.write(`${answer}\n`))
    }
  }

  async #answer(line: string, name: string): Promise<string> {
    const [verb, argument] = line.split(' ')
    if (verb === 'HELLO') {
      burn(this.#costs.handshakeCpu)
      await sleep(this.#costs.handshakeWait)
      return `WELCOME ${name}`
    }
    if (verb === 'GET') {
      await sleep(this.#costs.work)
      return `VALUE ${argument}`
    }
    return verb === 'PING' ? 'PONG' : `ERROR ${verb} is not understood`
  }
}

function burn(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end);
}
