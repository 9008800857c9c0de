import type http from 'node:http'
import type https from 'node:https'
import type net from 'node:net'
import { type AgentOptions, createAgent, type PooledAgent } from '../../src/index.js'
import { TestServer } from './test-server.js'

/** What one test makes, and its end. */
export class AgentBench {
  readonly #made: { close(): Promise<void> }[] = []

  agent(options?: AgentOptions): PooledAgent {
    return this.#keep(createAgent(options))
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

  /** Ends what was made, agents before their servers: a socket that an agent leaves open is one too many. */
  async end(): Promise<void> {
    const made = this.#made.splice(0)
    for (const agent of made.filter((one) => !(one instanceof TestServer))) await agent.close()
    for (const server of made) {
      if (!(server instanceof TestServer)) continue
      await server.emptied()
      await server.close()
    }
  }

  #keep<T extends { close(): Promise<void> }>(one: T): T {
    this.#made.push(one)
    return one
  }
}

const echo: http.RequestListener = (request, response) => {
  response.end(`${request.method} ${request.url}`)
}
