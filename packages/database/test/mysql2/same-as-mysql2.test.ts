import callback from 'mysql2'
import promise from 'mysql2/promise'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { createPool, type PoolOptions } from '../../src/mysql2.js'
import { createPool as createCallbackPool } from '../../src/mysql2-callback.js'
import { MariadbServer } from './mariadb-server.js'
import { ends } from './programs/ends.js'
import { loans } from './programs/loans.js'
import type { AnyPool, Program } from './programs/program.js'
import { queries } from './programs/queries.js'

type Make = (options: PoolOptions | string) => AnyPool

const kinds: [string, Make, Make][] = [
  ['with promises', promise.createPool as Make, createPool],
  [
    'with callbacks',
    (options) => callback.createPool(options as never).promise(),
    (options) => createCallbackPool(options).promise(),
  ],
]

describeWith('mariadbd', 'the pool for mysql2, and its own', () => {
  let server: MariadbServer
  beforeAll(async () => {
    server = await MariadbServer.start()
  }, 60_000)
  afterAll(() => server?.stop())

  /** Runs a program on pools of this make; whatever it left open is ended. */
  async function observe(make: Make, { run, options }: Program): Promise<unknown> {
    const pools: AnyPool[] = []
    const tracked: Make = (own) => {
      const pool = make(typeof own === 'string' || own.uri ? own : { ...server.config, ...own })
      pools.push(pool)
      return pool
    }
    try {
      return await run(tracked({ ...options }), tracked)
    } finally {
      await Promise.all(
        pools.map(({ pool }) => (pool as unknown as { _closed: boolean })._closed || pool.promise().end()),
      )
    }
  }

  for (const [kind, theirs, ours] of kinds) {
    for (const program of [...queries, ...loans, ...ends]) {
      it(`${program.does}, ${kind}`, { timeout: 20_000 }, async () => {
        const expected = await observe(theirs, program)
        expect(await observe(ours, program)).toEqual(expected)
      })
    }
  }
})
