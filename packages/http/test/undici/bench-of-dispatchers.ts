import { once } from 'node:events'
import type http from 'node:http'
import type https from 'node:https'
import type net from 'node:net'
import { expect } from 'vitest'
import { createDispatcher, type DispatcherOptions, type PooledDispatcher } from '../../src/undici.js'
import { TestServer } from '../agent/test-server.js'

/** What one test makes, and its end. */
export class DispatcherBench {
  readonly #dispatchers: PooledDispatcher[] = []
  readonly #servers: TestServer[] = []

  dispatcher(options?: DispatcherOptions): PooledDispatcher {
    const made = createDispatcher(options)
    this.#dispatchers.push(made)
    return made
  }

  /** A server that answers with the method and path, unless told otherwise. */
  async http(listener?: http.RequestListener, options?: http.ServerOptions): Promise<TestServer> {
    return this.#keep(await TestServer.http(listener ?? echo, options))
  }

  async https(listener?: http.RequestListener, options?: https.ServerOptions): Promise<TestServer> {
    return this.#keep(await TestServer.https(listener ?? echo, options))
  }

  async raw(listener: (socket: net.Socket) => void): Promise<TestServer> {
    return this.#keep(await TestServer.raw(listener))
  }

  /** A server that has an answer for each request on a connection, the last one again and again. */
  scripted(...answers: string[]): Promise<TestServer> {
    return this.raw((socket) => {
      let count = 0
      socket.on('data', () => socket.write(answers[Math.min(count++, answers.length - 1)] as string))
    })
  }

  /** A server that answers when told, in the order of the requests. */
  async holding() {
    const held: http.ServerResponse[] = []
    const server = await this.http((_request, response) => {
      held.push(response)
    })
    const next = async () => {
      while (held.length === 0) await once(server.server, 'request')
      return held.shift() as http.ServerResponse
    }
    return { server, held, next }
  }

  /** Ends what was made, dispatchers before their servers: a socket that one leaves open is one too many. */
  async end(): Promise<void> {
    for (const made of this.#dispatchers.splice(0)) {
      expectSound(made)
      await made.destroy()
      expect(made.stats()).toMatchObject({ size: 0, leases: 0, waiting: 0, keys: 0, origins: {} })
      expect([...made.connections()]).toEqual([])
    }
    for (const server of this.#servers.splice(0)) {
      await server.emptied()
      await server.close()
    }
  }

  #keep(server: TestServer): TestServer {
    this.#servers.push(server)
    return server
  }
}

/** Invariant 10: the counts are those of the connections. */
export function expectSound(dispatcher: PooledDispatcher): void {
  const states = Array.from(dispatcher.connections(), ({ state }) => state.split('.', 1)[0])
  const counted = (state: string) => states.filter((one) => one === state).length
  const { size, connecting, connected, idle, closing, origins } = dispatcher.stats()
  const recount = { connecting: counted('connecting'), connected: counted('connected'), idle: counted('idle') }
  expect({ connecting, connected, idle }).toEqual(recount)
  expect(connecting + connected + idle + closing).toBe(size)
  expect(Object.values(origins).reduce((sum, origin) => sum + origin.size, 0)).toBe(size)
}

const echo: http.RequestListener = (request, response) => {
  response.end(`${request.method} ${request.url}`)
}

export const ok = (headers = '') => `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${headers}\r\nok`
export const head = (headers = '') => `HTTP/1.1 200 OK\r\n${headers}\r\n`

/** Looks once in a turn of the event loop; what never comes fails the test by its timeout. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled()
}

/** What was decided in this turn has been done. */
export const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

/** For the fetch that is built into Node, whose types are those of another undici. */
export const via = (dispatcher: PooledDispatcher, init: RequestInit = {}) => ({ ...init, dispatcher }) as object
