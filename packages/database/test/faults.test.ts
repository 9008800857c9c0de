import { chaosProxy } from '@millpond/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { presets } from '../src/index.js'
import { Pool, type PoolConfig } from '../src/pg.js'
import { PostgresServer } from './postgres/postgres-server.js'
import { until } from './until.js'
import { Writers } from './writers.js'

const MAX_CONNECTIONS = 12
/** ms: a second, and the longest backoff with its jitter. */
const RECOVERY = 1_000 + 1_200

let server: PostgresServer
const pools: Pool[] = []

beforeAll(async () => {
  server = await PostgresServer.start({
    max_connections: MAX_CONNECTIONS,
    superuser_reserved_connections: 0,
    max_wal_senders: 0,
  })
  await server.run('create table written (id int primary key)')
}, 60_000)
afterAll(() => server?.stop())
afterEach(async () => {
  server.thaw()
  for (const pool of pools.splice(0)) if (!pool.ending) await pool.end({ timeout: 1_000 })
})

function make(config: PoolConfig = {}): Pool {
  const pool = new Pool({ ...server.config, application_name: 'faults', max: 6, ...config })
  pools.push(pool)
  return pool
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const write = (pool: Pool) => (id: number) => pool.query('insert into written values ($1)', [id])

async function missing(ids: readonly number[]): Promise<number[]> {
  const rows = await server.run<{ id: number }>('select id from written')
  const written = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !written.has(id))
}

/** Nothing is borrowed, nobody waits, and the server counts the sessions that the pool does. */
async function expectAtRest(pool: Pool): Promise<void> {
  expect(pool.stats()).toMatchObject({ leases: 0, waiting: 0 })
  await until(async () => (await server.sessions('faults')) === pool.totalCount)
  await pool.end()
  await until(async () => (await server.sessions('faults')) === 0)
}

describe('under load, the pool for pg', { timeout: 40_000 }, () => {
  it.each<[string, PoolConfig, number]>([
    ['as it comes', {}, 0],
    ['with presets.database', { pool: presets.database }, 1_000_000],
  ])('outlives a server that is killed and started again: %s', async (_, config, firstId) => {
    const pool = make({ ...config, connectionTimeoutMillis: 10_000 })
    const writers = new Writers(write(pool), 12, firstId)
    await writers.more(100)
    await server.kill()
    await pause(700)
    await server.start()
    const startedAt = performance.now()
    expect((await writers.nextWrite()) - startedAt).toBeLessThan(RECOVERY)
    await writers.more(100)
    await writers.stop()
    expect(await missing(writers.acknowledged)).toEqual([])
    for (const error of writers.errors) expect(error).toBeInstanceOf(Error)
    await expectAtRest(pool)
  })

  it('waits for a server that is starting up, or says so, and serves once it has', async () => {
    const pool = make({ pool: presets.database, connectionTimeoutMillis: 10_000 })
    const impatient = make({ connectionTimeoutMillis: 10_000 })
    const writers = new Writers(write(pool), 12, 4_000_000)
    await writers.more(100)
    await server.kill()
    await server.startSlowly()
    // The database system is starting up.
    await expect(impatient.query('select 1')).rejects.toMatchObject({ code: '57P03' })
    // Longer than any backoff: it is there when an attempt fails.
    const told = await pool.query({ text: 'select 1', timeout: 1_300 }).catch((error: Error) => error)
    expect(told).toMatchObject({ cause: { name: 'TimeoutError', cause: { code: '57P03' } } })
    await server.finishRecovery()
    const startedAt = performance.now()
    expect((await writers.nextWrite()) - startedAt).toBeLessThan(RECOVERY)
    await writers.more(100)
    await writers.stop()
    expect(await missing(writers.acknowledged)).toEqual([])
    await impatient.end()
    await expectAtRest(pool)
  })

  it('outlives a restart after which the port takes connections, and nobody answers', async () => {
    const pool = make({ pool: presets.database, connectionTimeoutMillis: 10_000 })
    const writers = new Writers(write(pool), 12, 5_000_000)
    await writers.more(100)
    await server.kill()
    await server.start()
    server.freeze()
    await until(() => pool.stats().leases === 0)
    const began = performance.now()
    const told = await pool.query({ text: 'select 1', timeout: 300 }).catch((error: Error) => error)
    expect(String(told)).toMatch(/timeout exceeded|connection timeout/)
    expect(performance.now() - began).toBeLessThan(1_000)
    server.thaw()
    const thawedAt = performance.now()
    expect((await writers.nextWrite()) - thawedAt).toBeLessThan(RECOVERY)
    await writers.stop()
    expect(await missing(writers.acknowledged)).toEqual([])
    await expectAtRest(pool)
  })

  it('tells callers of a frozen server by their deadline, and serves them when it goes on', async () => {
    const pool = make({ pool: { release: { timeout: 400 } } })
    await Promise.all(Array.from({ length: 6 }, () => pool.query('select pg_sleep(0.05)')))
    server.freeze()
    const began = performance.now()
    const asked = Array.from({ length: 12 }, () =>
      pool.query({ text: 'select 1', timeout: 300 }).catch((error: Error) => error),
    )
    const errors = await Promise.all(asked)
    expect(performance.now() - began).toBeLessThan(1_000)
    for (const error of errors) expect(String(error)).toMatch(/TimeoutError|timeout exceeded/)
    await until(() => pool.stats().leases === 0)
    server.thaw()
    const thawedAt = performance.now()
    const { rows } = await pool.query({ text: 'select 1 as n', timeout: 10_000 })
    expect(rows).toEqual([{ n: 1 }])
    expect(performance.now() - thawedAt).toBeLessThan(RECOVERY)
    await expectAtRest(pool)
  })

  it('gives a client that was frozen and answers in time to others', async () => {
    const pool = make({ max: 1 })
    const { rows } = await pool.query('select pg_backend_pid() as pid')
    server.freeze()
    const asked = pool.query({ text: 'select 1', timeout: 100 }).catch((error: Error) => error)
    expect(String(await asked)).toContain('TimeoutError')
    server.thaw()
    expect((await pool.query('select pg_backend_pid() as pid')).rows).toEqual(rows)
    await expectAtRest(pool)
  })

  it('outlives an administrator who terminates its connections again and again', async () => {
    const pool = make()
    const writers = new Writers(write(pool), 12, 2_000_000)
    const terminate =
      "select count(pg_terminate_backend(pid))::int as n from pg_stat_activity where application_name = 'faults'"
    for (let round = 0; round < 5; round++) {
      await writers.more(50)
      await server.run(terminate)
    }
    await writers.more(50)
    await writers.stop()
    expect(await missing(writers.acknowledged)).toEqual([])
    expect(writers.errors.length).toBeGreaterThan(0)
    expect(pool.stats().size).toBeLessThanOrEqual(6)
    await expectAtRest(pool)
  })

  it('serves everybody with what it has when the server takes no more connections', async () => {
    const pool = make({ max: 40 })
    const text = 'select pg_sleep(0.02), $1::int as n'
    const asked = Array.from({ length: 60 }, (_, n) => pool.query(text, [n]))
    const answers = (await Promise.all(asked)).map(({ rows }) => rows[0].n)
    expect(answers).toEqual(Array.from({ length: 60 }, (_, n) => n))
    expect(pool.stats().closed['connect-failed']).toBeGreaterThan(0)
    expect(pool.stats().opened).toBeLessThanOrEqual(MAX_CONNECTIONS)
    await pool.end()
    await until(async () => (await server.sessions('faults')) === 0)
  })

  it('says so when others have all connections of the server, or waits until one is free', async () => {
    const others = make({ application_name: 'others', max: MAX_CONNECTIONS })
    const clients = await Promise.all(Array.from({ length: MAX_CONNECTIONS }, () => others.connect()))
    const impatient = make()
    // Too many clients already.
    await expect(impatient.query('select 1')).rejects.toMatchObject({ code: '53300' })
    const pool = make({ pool: presets.database, connectionTimeoutMillis: 10_000 })
    const told = await pool.query({ text: 'select 1', timeout: 300 }).catch((error: Error) => error)
    expect(told).toMatchObject({ cause: { name: 'TimeoutError', cause: { code: '53300' } } })
    const waiting = pool.query('select 1 as n')
    for (const client of clients) client.release(true)
    const freedAt = performance.now()
    expect((await waiting).rows).toEqual([{ n: 1 }])
    expect(performance.now() - freedAt).toBeLessThan(RECOVERY)
    await impatient.end()
    await expectAtRest(pool)
  })

  it.each(['both', 'upstream', 'downstream'] as const)('outlives a network that is cut: %s', async (stream) => {
    await using proxy = await chaosProxy({ target: { port: server.port } })
    const pool = make({ port: proxy.port, connectionTimeoutMillis: 500, pool: { release: { timeout: 300 } } })
    const ask = () => pool.query({ text: 'select 1 as n', timeout: 400 }).then(({ rows }) => rows, String)
    expect(await ask()).toEqual([{ n: 1 }])
    const streams = stream === 'both' ? (['upstream', 'downstream'] as const) : ([stream] as const)
    const cuts = streams.map((cut) => proxy.add({ type: 'timeout', stream: cut, timeout: 0 }))
    const began = performance.now()
    const answers = await Promise.all(Array.from({ length: 12 }, ask))
    expect(performance.now() - began).toBeLessThan(1_000)
    for (const answer of answers) expect(answer).toMatch(/TimeoutError|timeout/)
    for (const cut of cuts) await cut.remove()
    proxy.killAll()
    const healedAt = performance.now()
    let answer: unknown
    while (typeof answer !== 'object') answer = await ask()
    expect(performance.now() - healedAt).toBeLessThan(RECOVERY)
    await until(() => pool.stats().leases === 0)
    await expectAtRest(pool)
  })
})
