import { Client } from 'undici'
import type { HttpClient, HttpClientOptions } from './http-client.js'

/** undici's clients for one origin. */
class BareClients {
  readonly all: Client[] = []
  readonly #free: Client[] = []
  readonly #waiting: ((client: Client) => void)[] = []
  readonly #origin: string
  readonly #most: number

  constructor(origin: string, most: number) {
    this.#origin = origin
    this.#most = most
  }

  async get(path: string): Promise<void> {
    const client = this.#free.pop() ?? this.#opened() ?? (await this.#freed())
    const { body } = await client.request({ path, method: 'GET' })
    await body.dump()
    const next = this.#waiting.shift()
    if (next) next(client)
    else this.#free.push(client)
  }

  #opened(): Client | undefined {
    if (this.all.length === this.#most) return undefined
    const client = new Client(this.#origin)
    this.all.push(client)
    return client
  }

  #freed(): Promise<Client> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}

/** The floor of the dispatchers: an array of clients for each origin to pop and push, without limit of time, checks or
 * errors. */
export function bareClients({ connections }: HttpClientOptions): HttpClient {
  const origins = new Map<string, BareClients>()
  return {
    get(origin, path) {
      let clients = origins.get(origin)
      if (clients === undefined) {
        clients = new BareClients(origin, connections)
        origins.set(origin, clients)
      }
      return clients.get(path)
    },
    close: () => Promise.all([...origins.values()].flatMap(({ all }) => all).map((client) => client.destroy())),
  }
}
