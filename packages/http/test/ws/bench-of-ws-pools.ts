import { once } from 'node:events'
import type { KeyedPool } from '@millpond/core'
import { type ChaosProxy, chaosProxy } from '@millpond/testing'
import type { WebSocket } from 'ws'
import { certificates } from '../../../tcp/test/certificates.js'
import { createWsPool, type WsPoolOptions } from '../../src/ws.js'
import { echo, type TestWsOptions, TestWsServer } from './test-ws-server.js'

type WsPool = KeyedPool<string | URL, WebSocket>

/** What a test begins, and ends with it. */
export class WsBench {
  readonly #pools: WsPool[] = []
  readonly #closing: { close(): Promise<void> }[] = []

  async server(onConnection = echo, options: TestWsOptions = {}): Promise<TestWsServer> {
    return this.keep(await TestWsServer.start(options, onConnection))
  }

  async proxy(server: { readonly port: number }): Promise<ChaosProxy> {
    return this.keep(await chaosProxy({ target: { port: server.port } }))
  }

  pool(options: WsPoolOptions = {}): WsPool {
    const pool = createWsPool({ ca: certificates.authority, ...options })
    this.#pools.push(pool)
    return pool
  }

  keep<C extends { close(): Promise<void> }>(closing: C): C {
    this.#closing.push(closing)
    return closing
  }

  async end(): Promise<void> {
    for (const pool of this.#pools.splice(0)) await pool.destroy()
    for (const closing of this.#closing.splice(0).reverse()) await closing.close()
  }
}

/** Sends a text, and gives the next message. */
export async function exchange(webSocket: WebSocket, text: string): Promise<string> {
  const answer = once(webSocket, 'message')
  webSocket.send(text)
  return String((await answer)[0])
}

/** One exchange on a lease. */
export function ask(pool: WsPool, url: string, text = 'hello'): Promise<string> {
  return pool.use(url, (webSocket) => exchange(webSocket, text))
}
