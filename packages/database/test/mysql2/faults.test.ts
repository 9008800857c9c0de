import { once } from 'node:events'
import net from 'node:net'
import { chaosProxy } from '@millpond/testing'
import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { presets } from '../../src/index.js'
import { createPool, type Pool, type PoolOptions } from '../../src/mysql2.js'
import { until } from '../until.js'
import { Writers } from '../writers.js'
import { MariadbServer } from './mariadb-server.js'

const MAX_CONNECTIONS = 12
/** ms: a second, and the longest backoff with its jitter. */
const RECOVERY = 1_000 + 1_200

let server: MariadbServer
const pools: Pool[] = []

function make(options: PoolOptions = {}): Pool {
  const pool = createPool({ ...server.config, connectionLimit: 6, ...options })
  pools.push(pool)
  return pool
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Every other write is a prepared statement. */
const write = (pool: Pool) => (id: number) =>
  id % 2 === 0
    ? pool.query('insert into written values (?)', [id])
    : pool.execute('insert into written values (?)', [id])

async function missing(ids: readonly number[]): Promise<number[]> {
  const rows = await server.run<RowDataPacket>('select id from written')
  const written = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !written.has(id))
}

/** Nothing is borrowed, nobody waits, and the server counts the sessions that the pool does, and of KILLs none. */
async function expectAtRest(pool: Pool): Promise<void> {
  await until(() => pool.stats().leases === 0)
  expect(pool.stats()).toMatchObject({ leases: 0, waiting: 0 })
  await until(async () => (await server.sessions()).length === pool.stats().size)
  await pool.end()
  await until(async () => (await server.sessions()).length === 0)
}

describeWith('mariadbd', 'under load, the pool for mysql2', () => {
  beforeAll(async () => {
    server = await MariadbServer.start({ 'max-connections': MAX_CONNECTIONS })
    await server.run('create table written (id int primary key) engine=innodb')
  }, 60_000)
  afterAll(() => server?.stop())
  afterEach(async () => {
    server.thaw()
    for (const pool of pools.splice(0)) await pool.end({ timeout: 1_000 })
  })

  describe('of a server that dies', { timeout: 40_000 }, () => {
    it.each<[string, PoolOptions, number]>([
      ['as it comes', {}, 0],
      ['with presets.database', { pool: presets.database }, 1_000_000],
    ])('outlives one that is killed and started again: %s', async (_, options, firstId) => {
      const acquire = { timeout: 10_000 }
      const pool = make({ ...options, pool: { ...options.pool, acquire } })
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

    it('outlives one that comes back slowly: it refuses, then takes connections and is silent, then works', async () => {
      await using proxy = await chaosProxy({ target: { port: server.port } })
      const pool = make({ port: proxy.port, connectTimeout: 300, pool: { acquire: { timeout: 500 } } })
      const writers = new Writers(write(pool), 12, 2_000_000)
      await writers.more(100)
      const down = proxy.add({ type: 'down' })
      await until(() => writers.errors.some(({ code }) => code === 'ECONNREFUSED'))
      const silent = proxy.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
      await down.remove()
      await until(() => writers.errors.some(({ code }) => code === 'ETIMEDOUT' || code === 'ERR_POOL_ACQUIRE_TIMEOUT'))
      await silent.remove()
      const backAt = performance.now()
      expect((await writers.nextWrite()) - backAt).toBeLessThan(RECOVERY)
      await writers.stop()
      expect(await missing(writers.acknowledged)).toEqual([])
      await expectAtRest(pool)
    })
  })

  describe('of a server that is frozen', { timeout: 40_000 }, () => {
    it('tells callers by their deadline, and serves them when it goes on', async () => {
      const pool = make({ connectTimeout: 400, pool: { release: { timeout: 400 } } })
      await Promise.all(Array.from({ length: 6 }, () => pool.query('select sleep(0.05)')))
      server.freeze()
      const began = performance.now()
      const asked = Array.from({ length: 12 }, () =>
        pool.query({ sql: 'select 1', signal: AbortSignal.timeout(300) }).catch((error: Error) => error),
      )
      const errors = await Promise.all(asked)
      expect(performance.now() - began).toBeLessThan(1_000)
      for (const error of errors) expect(error).toMatchObject({ name: 'AbortError' })
      await until(() => pool.stats().leases === 0)
      server.thaw()
      const thawedAt = performance.now()
      const [rows] = await pool.query({ sql: 'select 1 as n', signal: AbortSignal.timeout(10_000) })
      expect(rows).toEqual([{ n: 1 }])
      expect(performance.now() - thawedAt).toBeLessThan(RECOVERY)
      await expectAtRest(pool)
    })

    it('gives a connection that was frozen and answers in time to others', async () => {
      const pool = make({ connectionLimit: 1 })
      const [rows] = await pool.query('select connection_id() as id')
      server.freeze()
      const asked = pool.query({ sql: 'select 1', timeout: 100 }).catch((error: Error) => error)
      expect(await asked).toMatchObject({ code: 'PROTOCOL_SEQUENCE_TIMEOUT' })
      server.thaw()
      expect((await pool.query('select connection_id() as id'))[0]).toEqual(rows)
      await expectAtRest(pool)
    })
  })

  describe('of a server that says no', { timeout: 40_000 }, () => {
    it('outlives an administrator who kills its connections again and again', async () => {
      const pool = make()
      const writers = new Writers(write(pool), 12, 3_000_000)
      for (let round = 0; round < 5; round++) {
        await writers.more(50)
        for (const id of await server.sessions()) await server.run(`kill ${id}`).catch(() => {})
      }
      await writers.more(50)
      await writers.stop()
      expect(await missing(writers.acknowledged)).toEqual([])
      expect(writers.errors.length).toBeGreaterThan(0)
      expect(pool.stats().size).toBeLessThanOrEqual(6)
      await expectAtRest(pool)
    })

    it('serves everybody with what it has when the server takes no more connections', async () => {
      const pool = make({ connectionLimit: 40 })
      const asked = Array.from({ length: 60 }, (_, n) => pool.query<RowDataPacket[]>('select sleep(0.02), ? as n', [n]))
      const answers = (await Promise.all(asked)).map(([[row]]) => row?.n)
      expect(answers).toEqual(Array.from({ length: 60 }, (_, n) => n))
      expect(pool.stats().closed['connect-failed']).toBeGreaterThan(0)
      expect(pool.stats().opened).toBeLessThanOrEqual(MAX_CONNECTIONS)
      await pool.end()
      await until(async () => (await server.sessions()).length === 0)
    })

    it('destroys the connection of a query that cannot be killed, as there is no place for another login', async () => {
      const others = make({ connectionLimit: MAX_CONNECTIONS })
      const pool = make({ connectionLimit: 1, pool: { release: { timeout: 200 } } })
      await pool.query('select 1')
      const taken = await Promise.all(Array.from({ length: MAX_CONNECTIONS - 1 }, () => others.getConnection()))
      const asked = pool.query({ sql: 'select sleep(3)', timeout: 50 }).catch((error: Error) => error)
      expect(await asked).toMatchObject({ code: 'PROTOCOL_SEQUENCE_TIMEOUT' })
      await until(() => pool.stats().closed.destroyed === 1)
      for (const connection of taken) connection.release()
      await others.end()
      expect((await pool.query('select 1 as n'))[0]).toEqual([{ n: 1 }])
      await until(async () => !(await server.running()).some((sql) => sql?.includes('sleep')))
      await expectAtRest(pool)
    })
  })

  describe('of a network that is cut', { timeout: 40_000 }, () => {
    it.each(['both', 'upstream', 'downstream'] as const)('outlives it: %s', async (stream) => {
      await using proxy = await chaosProxy({ target: { port: server.port } })
      const pool = make({ port: proxy.port, connectTimeout: 500, pool: { release: { timeout: 300 } } })
      const ask = () =>
        pool.query({ sql: 'select 1 as n', signal: AbortSignal.timeout(400) }).then(([rows]) => rows, String)
      expect(await ask()).toEqual([{ n: 1 }])
      const streams = stream === 'both' ? (['upstream', 'downstream'] as const) : ([stream] as const)
      const cuts = streams.map((cut) => proxy.add({ type: 'timeout', stream: cut, timeout: 0 }))
      const began = performance.now()
      const answers = await Promise.all(Array.from({ length: 12 }, ask))
      expect(performance.now() - began).toBeLessThan(1_000)
      for (const answer of answers) expect(answer).toMatch(/AbortError/)
      for (const cut of cuts) await cut.remove()
      proxy.killAll()
      const healedAt = performance.now()
      let answer: unknown
      while (typeof answer !== 'object') answer = await ask()
      expect(performance.now() - healedAt).toBeLessThan(RECOVERY)
      await until(() => pool.stats().leases === 0)
      await expectAtRest(pool)
    })

    it('ends at its deadline, whatever the server leaves unanswered', async () => {
      const silent = net.createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
      await once(silent, 'listening')
      const { port } = silent.address() as net.AddressInfo
      const pool = make({ port, pool: { acquire: { timeout: 100 } } })
      const errors = await Promise.all(
        [pool.getConnection(), pool.query('select 1')].map((asked: Promise<unknown>) => asked.catch((error) => error)),
      )
      for (const error of errors) expect(error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', phase: 'connecting' })
      await pool.end({ timeout: 200 })
      expect(pool.stats().size).toBe(0)
      silent.close()
    })
  })
})
