import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Pool } from '../../src/pg.js'
import { PostgresServer } from '../postgres/postgres-server.js'
import { until } from '../until.js'

export interface Given {
  /** One of pg's or ours, of at most 4 clients, on an empty database. Ended afterwards, if it has not been. */
  readonly pool: pg.Pool
  /** Its class. */
  readonly PoolClass: typeof pg.Pool
  /** Its options. */
  readonly config: pg.PoolConfig & { database: string; host: string; port: number; user: string; password: string }
}

/** What the program has seen. */
type Program = (given: Given) => Promise<unknown>

const classes: readonly [string, typeof pg.Pool][] = [
  ['theirs', pg.Pool],
  ['ours', Pool as unknown as typeof pg.Pool],
]

/** Runs each program on pg's pool and on ours: both see the same, and no session is left on the server. */
export function onBothPools(library: string, programs: Readonly<Record<string, Program>>): void {
  describe(`${library}, on the pool for pg and on pg.Pool`, { timeout: 30_000 }, () => {
    let server: PostgresServer
    beforeAll(async () => {
      server = await PostgresServer.start()
    }, 60_000)
    afterAll(() => server?.stop())

    let databases = 0

    async function run(name: string, PoolClass: typeof pg.Pool, program: Program): Promise<unknown> {
      const database = `${name}_${++databases}`
      await server.run(`create database ${database}`)
      const config = { ...server.config, database, application_name: database, max: 4 }
      const pool = new PoolClass(config)
      // A client that fails while it is idle is no business of the program's.
      pool.on('error', () => {})
      try {
        return await program({ pool, PoolClass, config })
      } finally {
        if (!pool.ending) await pool.end()
        const sessions = 'select count(*)::int as n from pg_stat_activity where datname = $1'
        await until(async () => (await server.run<{ n: number }>(sessions, [database]))[0]?.n === 0)
      }
    }

    for (const [title, program] of Object.entries(programs)) {
      it(title, async () => {
        const seen = new Map<string, unknown>()
        for (const [name, PoolClass] of classes) seen.set(name, await run(name, PoolClass, program))
        expect(seen.get('ours')).toEqual(seen.get('theirs'))
      })
    }
  })
}
