import http from 'node:http'
import net from 'node:net'
import type { HttpClient, HttpClientOptions } from './http-client.js'
import { throughAgent } from './through-agent.js'

interface Request {
  onSocket(socket: net.Socket): void
}

/** The floor: an array to pop a socket from and push it to, for one origin, without limit of time, checks or errors. */
class BareAgent extends http.Agent {
  readonly #free: net.Socket[] = []
  readonly #waiting: Request[] = []
  #left: number

  constructor(maxSockets: number) {
    super({ keepAlive: true, maxSockets })
    this.#left = maxSockets
  }

  addRequest(request: Request, { host, port }: { host: string; port: number }): void {
    const socket = this.#free.pop()
    if (socket) request.onSocket(socket)
    else if (this.#left > 0) {
      this.#left--
      const opened = net.connect({ host, port, noDelay: true })
      opened.on('free', () => {
        const next = this.#waiting.shift()
        if (next) next.onSocket(opened)
        else this.#free.push(opened)
      })
      request.onSocket(opened)
    } else this.#waiting.push(request)
  }

  override destroy(): void {
    for (const socket of this.#free) socket.destroy()
  }
}

export function bareAgent({ connections }: HttpClientOptions): HttpClient {
  return throughAgent(new BareAgent(connections))
}
