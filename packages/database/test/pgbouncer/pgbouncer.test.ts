import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { presets } from '../../src/index.js'
import { Pool, type PoolConfig } from '../../src/pg.js'
import { PostgresServer } from '../postgres/postgres-server.js'
import { until } from '../until.js'
import { Writers } from '../writers.js'
import { PgBouncer } from './pgbouncer-server.js'

const SERVER_SESSIONS = 3
const MAX_CLIENTS = 14
/** ms: a second, and the longest backoff with its jitter. */
const RECOVERY = 1_000 + 1_200

describeWith('pgbouncer', 'the pool for pg, behind PgBouncer in transaction mode', () => {
  let server: PostgresServer
  let bouncer: PgBouncer
  const pools: Pool[] = []
  beforeAll(async () => {
    server = await PostgresServer.start()
    await server.run('create table written (id int primary key)')
    bouncer = await PgBouncer.start(server, { default_pool_size: SERVER_SESSIONS, max_client_conn: MAX_CLIENTS })
  }, 60_000)
  afterAll(async () => {
    await bouncer?.process.stop()
    await server?.stop()
  })
  afterEach(async () => {
    for (const pool of pools.splice(0)) if (!pool.ending) await pool.end({ timeout: 1_000 })
  })

  function make(config: PoolConfig = {}): Pool {
    const pool = new Pool({ ...bouncer.config, application_name: 'bounced', max: 8, ...config })
    pools.push(pool)
    return pool
  }

  const write = (pool: Pool) => (id: number) => pool.query('insert into written values ($1)', [id])

  async function missing(ids: readonly number[]): Promise<number[]> {
    const written = new Set((await server.run<{ id: number }>('select id from written')).map(({ id }) => id))
    return ids.filter((id) => !written.has(id))
  }

  /** Nothing is borrowed, nobody waits, and PgBouncer counts the clients that the pool does. */
  async function expectAtRest(pool: Pool): Promise<void> {
    expect(pool.stats()).toMatchObject({ leases: 0, waiting: 0 })
    await until(async () => (await bouncer.clients()) === pool.totalCount)
    await pool.end()
    await until(async () => (await bouncer.clients()) === 0)
    // Counted on the server, which has fewer sessions than there were clients.
    const sessions = "select count(*)::int as n from pg_stat_activity where backend_type = 'client backend'"
    const [row] = await server.run<{ n: number }>(sessions)
    expect(row?.n).toBeLessThanOrEqual(SERVER_SESSIONS + 1)
  }

  it('asks queries with and without values on more clients than the server has sessions', async () => {
    const pool = make()
    const asked = Array.from({ length: 60 }, (_, n) =>
      n % 2 === 0 ? pool.query('select $1::int as n, pg_sleep(0.01)', [n]) : pool.query(`select ${n} as n`),
    )
    expect((await Promise.all(asked)).map(({ rows }) => rows[0].n)).toEqual(Array.from({ length: 60 }, (_, n) => n))
    expect(pool.totalCount).toBe(8)
    await expectAtRest(pool)
  })

  it('keeps a transaction on one session, and rolls back what a borrower has left open', async () => {
    const pool = make({ max: 1 })
    const client = await pool.connect()
    await client.query('begin')
    const pids = [
      await client.query('select pg_backend_pid() as pid'),
      await client.query('select pg_backend_pid() as pid'),
    ]
    expect(pids[0]?.rows).toEqual(pids[1]?.rows)
    await client.query('insert into written values (-1)')
    client.release()
    expect((await pool.query('select count(*)::int as n from written where id = -1')).rows).toEqual([{ n: 0 }])
    expect(pool.stats().opened).toBe(1)
    await expectAtRest(pool)
  })

  it.each([['auto'], ['discard-all']] as const)(
    'takes nothing for granted of the session behind a client: reset %s',
    async (reset) => {
      const pool = make({ reset, max: 6 })
      // Each on whatever session is free: what one leaves there is PgBouncer's to undo, or the next one's to find.
      await Promise.all(Array.from({ length: 30 }, () => pool.query('select pg_sleep(0.002)')))
      const held = await Promise.all(Array.from({ length: 6 }, () => pool.connect()))
      for (const client of held) {
        await client.query('begin')
        await client.query("set local work_mem = '77kB'")
        await client.query('commit')
        client.release()
      }
      const settings = await Promise.all(Array.from({ length: 12 }, () => pool.query('show work_mem')))
      expect(new Set(settings.map(({ rows }) => rows[0].work_mem)).has('77kB')).toBe(false)
      await expectAtRest(pool)
    },
  )

  it('cancels a query on the server that its caller has given up', async () => {
    const pool = make({ max: 1 })
    const given = await pool.query({ text: 'select pg_sleep(30)', timeout: 100 }).catch((error: Error) => error)
    expect(given).toMatchObject({ code: 'ERR_PG_QUERY_TIMEOUT' })
    const running = "select 1 from pg_stat_activity where query like 'select pg_sleep(30)%' and state = 'active'"
    await until(async () => (await server.run(running)).length === 0)
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    await expectAtRest(pool)
  })

  it('closes a client whose named statement is on another session, and goes on', async () => {
    const pool = make({ max: 3 })
    const named = () => pool.query({ name: 'five', text: 'select 5 as n' })
    const ask = () => Promise.allSettled(Array.from({ length: 12 }, named))
    const outcomes = [...(await ask()), ...(await ask()), ...(await ask())]
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    // PgBouncer before 1.21 does not know of named statements: missing there, or there already.
    for (const code of failed) expect(['26000', '42P05']).toContain(code)
    expect((await pool.query('select 6 as n')).rows).toEqual([{ n: 6 }])
    await expectAtRest(pool)
  })

  it('tells of a setting that PgBouncer does not pass on', async () => {
    const pool = make({ statement_timeout: 1_000 })
    await expect(pool.query('select 1')).rejects.toMatchObject({
      message: expect.stringContaining('unsupported startup parameter: statement_timeout'),
    })
    await pool.end()
  })

  it('serves everybody with what it has when PgBouncer takes no more clients', async () => {
    const pool = make({ max: 40 })
    const asked = Array.from({ length: 60 }, (_, n) => pool.query('select pg_sleep(0.01), $1::int as n', [n]))
    expect((await Promise.all(asked)).map(({ rows }) => rows[0].n)).toEqual(Array.from({ length: 60 }, (_, n) => n))
    expect(pool.stats().closed['connect-failed']).toBeGreaterThan(0)
    expect(pool.totalCount).toBeLessThanOrEqual(MAX_CLIENTS)
    await pool.end()
    await until(async () => (await bouncer.clients()) === 0)
  })

  it('is not disturbed by RELOAD, and waits through PAUSE', { timeout: 20_000 }, async () => {
    const pool = make()
    const writers = new Writers(write(pool), 12, 1_000_000)
    for (let round = 0; round < 3; round++) {
      await writers.more(50)
      await bouncer.console('RELOAD')
    }
    await bouncer.console('PAUSE')
    const late = pool.query({ text: 'select 1', timeout: 200 }).catch((error: Error) => error)
    expect(String(await late)).toMatch(/TimeoutError|timeout/)
    await bouncer.console('RESUME')
    await writers.more(50)
    await writers.stop()
    expect(writers.errors).toEqual([])
    expect(await missing(writers.acknowledged)).toEqual([])
    await expectAtRest(pool)
  })

  it('outlives a PgBouncer that is killed and started again', { timeout: 20_000 }, async () => {
    const pool = make({ pool: presets.database, connectionTimeoutMillis: 10_000 })
    const writers = new Writers(write(pool), 12, 2_000_000)
    await writers.more(100)
    await bouncer.process.kill()
    await new Promise((resolve) => setTimeout(resolve, 500))
    await bouncer.process.start()
    const startedAt = performance.now()
    expect((await writers.nextWrite()) - startedAt).toBeLessThan(RECOVERY)
    await writers.more(100)
    await writers.stop()
    expect(await missing(writers.acknowledged)).toEqual([])
    await expectAtRest(pool)
  })

  it('outlives a PostgreSQL behind it that is killed and started again', { timeout: 40_000 }, async () => {
    const pool = make({ pool: presets.database, connectionTimeoutMillis: 10_000 })
    const writers = new Writers(write(pool), 12, 3_000_000)
    await writers.more(100)
    await server.kill()
    await new Promise((resolve) => setTimeout(resolve, 500))
    await server.start()
    const startedAt = performance.now()
    // PgBouncer tries the server again a second after it was refused.
    expect((await writers.nextWrite()) - startedAt).toBeLessThan(RECOVERY + 1_000)
    await writers.more(100)
    await writers.stop()
    expect(await missing(writers.acknowledged)).toEqual([])
    for (const error of writers.errors) expect(error).toBeInstanceOf(Error)
    await expectAtRest(pool)
  })
})
