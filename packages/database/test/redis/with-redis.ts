import type { Pool } from '@millpond/core'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { until } from '../until.js'
import { RedisServer } from './redis-server.js'

/** A server for the tests of one suite, empty before each; no session of theirs is left after each. */
export class WithRedis {
  readonly #pools: { close(options: { timeout: number }): Promise<void> }[] = []
  #server: RedisServer | undefined

  constructor() {
    beforeAll(async () => {
      this.#server = await RedisServer.start()
    })
    afterAll(() => this.#server?.stop())
    beforeEach(() => this.server.ask('FLUSHALL'))
    afterEach(async () => {
      for (const pool of this.#pools.splice(0)) await pool.close({ timeout: 1_000 })
      await until(async () => (await this.server.sessions()).length === 0)
    })
  }

  get server(): RedisServer {
    return this.#server as RedisServer
  }

  get port(): number {
    return this.server.port
  }

  /** A pool that is closed after the test. */
  keep<C>(pool: Pool<C>): Pool<C> {
    this.#pools.push(pool)
    return pool
  }
}
