import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Pool, type PoolConfig } from '../src/pg.js'
import { PostgresServer } from './postgres/postgres-server.js'
import { type AnyPool, programs } from './programs.js'

let server: PostgresServer
beforeAll(async () => {
  server = await PostgresServer.start()
}, 60_000)
afterAll(() => server?.stop())

/** Runs a program on a pool of this class; whatever it left open is ended. */
async function observe(
  PoolClass: new (config: never) => AnyPool,
  { run, config }: (typeof programs)[number],
): Promise<unknown> {
  const pools: AnyPool[] = []
  const make = (own: PoolConfig) => {
    const pool = new PoolClass({ ...server.config, ...own } as never)
    pools.push(pool)
    return pool
  }
  try {
    return await run(make({ ...config }), make)
  } finally {
    await Promise.all(pools.filter(({ ending }) => !ending).map((pool) => pool.end()))
  }
}

describe('the pool for pg, and pg.Pool', { timeout: 20_000 }, () => {
  for (const program of programs) {
    it(program.does, async () => {
      const theirs = await observe(pg.Pool, program)
      const ours = await observe(Pool, program)
      expect(ours).toEqual(theirs)
    })
  }
})
