import { text } from 'node:stream/consumers'
import { type ChaosProxy, chaosProxy } from '@millpond/testing'
import { certificates } from '../../../tcp/test/certificates.js'
import { createHttp2Pool, type Http2Pool, type Http2PoolOptions, type Http2RequestInit } from '../../src/http2.js'
import { answer, type TestHttp2Options, TestHttp2Server } from './test-http2-server.js'

/** What a test begins, and ends with it. */
export class Http2Bench {
  readonly #pools: Http2Pool[] = []
  readonly #closing: { close(): Promise<void> }[] = []

  async server(onStream = answer, options: TestHttp2Options = {}): Promise<TestHttp2Server> {
    return this.keep(await TestHttp2Server.start(options, onStream))
  }

  async proxy(server: { readonly port: number }): Promise<ChaosProxy> {
    return this.keep(await chaosProxy({ target: { port: server.port } }))
  }

  pool(options: Http2PoolOptions = {}): Http2Pool {
    const pool = createHttp2Pool({ ca: certificates.authority, ...options })
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

/** Sends a request and reads the answer: `200 GET /path`. */
export async function ask(pool: Http2Pool, url: string, init?: Http2RequestInit): Promise<string> {
  const { status, body } = await pool.request(url, init)
  return `${status} ${await text(body)}`
}

/** What a promise rejects with. */
export function failureOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return promise.then(
    (value) => {
      throw new Error(`It resolved, with ${value}`)
    },
    (error) => error,
  )
}
