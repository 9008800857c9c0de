import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { isPoolError } from '@millpond/core'
import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { MysqlQueryAbortedError, type Pool, type PoolOptions } from '../../src/mysql2.js'
import { until } from '../until.js'
import { errorOf, first, idOf, TestPools } from './test-pools.js'

describeWith('mariadbd', 'with the pool for mysql2', () => {
  let pools: TestPools
  beforeAll(async () => {
    pools = await TestPools.start()
  }, 60_000)
  afterAll(() => pools?.server.stop())
  afterEach(() => pools.endAll())

  describe('signals and deadlines', { timeout: 20_000 }, () => {
    it('kill a running query on the server, and keep its connection', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const id = await idOf(pool)
      for (const how of ['query', 'execute'] as const) {
        const controller = new AbortController()
        const sleeping = errorOf(pool[how]({ sql: 'select sleep(30)', signal: controller.signal }))
        await until(async () => (await pools.server.running()).length === 1)
        controller.abort(new Error('the visitor left'))
        const error = await sleeping
        expect(error).toBeInstanceOf(MysqlQueryAbortedError)
        expect(error).toMatchObject({ name: 'AbortError', cause: { message: 'the visitor left' } })
        expect(await idOf(pool)).toBe(id)
        expect(await pools.server.running()).toEqual([])
      }
    })

    it('kill a query that exceeds its timeout, with mysql2’s error, and over TLS as well', async () => {
      const ca = readFileSync(new URL('../postgres/certificates/server.pem', import.meta.url))
      const pool = pools.make({ connectionLimit: 1, host: 'localhost', ssl: { ca } })
      const id = await idOf(pool)
      expect(await first(pool, "show session status like 'Ssl_version'")).toMatchObject({ Value: /^TLS/ })
      const error = await errorOf(pool.query({ sql: 'select sleep(30)', timeout: 60 }))
      expect(error).toMatchObject({ code: 'PROTOCOL_SEQUENCE_TIMEOUT', message: 'Query inactivity timeout' })
      expect(await idOf(pool)).toBe(id)
      expect(await pools.server.running()).toEqual([])
    })

    it('kill whatever form the pool’s options give to questions and answers', async () => {
      const queryFormat = (sql: string) => sql.replaceAll('?', '7')
      const pool = pools.make({
        connectionLimit: 1,
        rowsAsArray: true,
        typeCast: false,
        supportBigNumbers: true,
        bigNumberStrings: true,
        queryFormat,
      } as PoolOptions)
      expect(await errorOf(pool.query({ sql: 'select sleep(30)', timeout: 30 }))).toBeInstanceOf(Error)
      expect((await pool.query('select ?'))[0]).toEqual([[Buffer.from('7')]])
      expect([pool.stats().opened, await pools.server.running()]).toEqual([1, []])
    })

    it('end a stream that is aborted, and keep its connection', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const id = await idOf(pool)
      const controller = new AbortController()
      const query = pool.pool.query({
        sql: "select repeat('x', 20000), sleep(0.01) from seq_1_to_3000",
        signal: controller.signal,
      })
      const stream = query.stream({ highWaterMark: 2 })
      await once(stream, 'data')
      const failed = once(stream, 'error')
      controller.abort()
      expect((await failed)[0]).toBeInstanceOf(MysqlQueryAbortedError)
      expect(await idOf(pool)).toBe(id)
      expect(await pools.server.running()).toEqual([])
    })

    it('tell a query without a callback by an event, once', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const errors: unknown[] = []
      const query = pool.pool.query({ sql: 'select sleep(30)', timeout: 50 })
      query.on('error', ({ code }) => errors.push(code))
      const refused = pool.pool.query({ sql: 'select nonsense', signal: new AbortController().signal })
      refused.on('error', ({ code }) => errors.push(code))
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(errors).toEqual(['PROTOCOL_SEQUENCE_TIMEOUT', 'ER_BAD_FIELD_ERROR'])
      expect(pool.stats().opened).toBe(1)
    })

    it('never hit the next query of the connection: a hundred killed ones, each followed by another', async () => {
      const pool = pools.make({ connectionLimit: 2 })
      const answers: unknown[] = []
      for (let n = 0; n < 100; n++) {
        const given = errorOf(pool.query({ sql: 'select sleep(0.003)', timeout: 3 }))
        answers.push((await pool.query<RowDataPacket[]>('select sleep(0.001), ? as n', [n]))[0][0]?.n)
        const error = await given
        expect([undefined, 'PROTOCOL_SEQUENCE_TIMEOUT']).toContain((error as { code?: string } | undefined)?.code)
      }
      expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => n))
      expect(pool.stats().opened).toBeLessThanOrEqual(2)
    })

    it('give up the wait for a connection at once, and nothing when they come too late', async () => {
      const pool = pools.make({ connectionLimit: 1, pool: { acquire: { timeout: 60 } } })
      const connection = await pool.getConnection({ timeout: 10_000 })
      const controller = new AbortController()
      const { signal } = controller
      const waiting = [
        errorOf(pool.getConnection({ signal })),
        errorOf(pool.query({ sql: 'select 1', signal })),
        errorOf(pool.execute({ sql: 'select 1', signal })),
      ]
      controller.abort()
      for (const error of await Promise.all(waiting)) expect(isPoolError(error, 'ERR_POOL_ACQUIRE_ABORTED')).toBe(true)
      const late = [pool.getConnection({ timeout: 20 }), pool.query('select 1'), pool.execute('select 1')].map(
        (asked) => errorOf(asked as Promise<unknown>),
      )
      for (const error of await Promise.all(late)) expect(isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT')).toBe(true)
      connection.release()
      const later = new AbortController()
      expect((await pool.query({ sql: 'select 1 as n', signal: later.signal, timeout: 5_000 }))[0]).toEqual([{ n: 1 }])
      later.abort()
      expect(pool.stats()).toMatchObject({ size: 1, leases: 0, waiting: 0 })
    })

    it('reject what has been aborted before, without asking the server', async () => {
      const pool = pools.make()
      const signal = AbortSignal.abort()
      expect(await errorOf(pool.query({ sql: 'select 1', signal }))).toMatchObject({ name: 'AbortError' })
      expect(pool.stats()).toMatchObject({ opened: 0, leases: 0 })
    })

    it('leave no listener on a signal that lives on, and none on the connection', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const controller = new AbortController()
      let listeners = 0
      const { signal } = controller
      const add = signal.addEventListener.bind(signal)
      const remove = signal.removeEventListener.bind(signal)
      signal.addEventListener = (...args: Parameters<typeof add>) => {
        listeners++
        add(...args)
      }
      const removed = new Set<unknown>()
      signal.removeEventListener = (...args: Parameters<typeof remove>) => {
        removed.add(args[1])
        remove(...args)
      }
      const counts = async () => {
        const connection = await pool.getConnection()
        const core = connection.connection
        connection.release()
        return core.eventNames().map((name) => [String(name), core.listenerCount(name)])
      }
      const before = await counts()
      for (let n = 0; n < 10; n++) {
        await pool.query({ sql: 'select 1', signal })
        await errorOf(pool.query({ sql: 'select sleep(1)', timeout: 5, signal }))
      }
      expect(await counts()).toEqual(before)
      expect(removed.size).toBeGreaterThanOrEqual(20)
      expect(listeners).toBeGreaterThanOrEqual(20)
    })
  })

  describe('on a borrowed connection, they', { timeout: 20_000 }, () => {
    it('kill the query, and leave its borrower the connection and the transaction', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      await connection.query('create or replace temporary table kept (n int)')
      await connection.query('insert into kept values (1)')
      for (const how of ['query', 'execute'] as const) {
        const controller = new AbortController()
        const options = { sql: 'select sleep(30)', signal: controller.signal }
        const sleeping = errorOf(how === 'query' ? connection.query(options) : connection.execute(options))
        await until(async () => (await pools.server.running()).length === 1)
        controller.abort()
        expect(await sleeping).toBeInstanceOf(MysqlQueryAbortedError)
        await connection.query('insert into kept values (2)')
      }
      const late = await errorOf(connection.query({ sql: 'select sleep(30)', timeout: 30 }))
      expect(late).toMatchObject({ code: 'PROTOCOL_SEQUENCE_TIMEOUT' })
      await connection.commit()
      expect((await connection.query('select sum(n) as sum from kept'))[0]).toEqual([{ sum: '5' }])
      connection.release()
      expect(pool.stats().opened).toBe(1)
    })

    it('never hit what it is asked next: fifty killed ones, each followed by another', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      for (let n = 0; n < 50; n++) {
        const given = errorOf(connection.query({ sql: 'select sleep(0.003)', timeout: 3 }))
        expect((await connection.query('select sleep(0.001), ? as n', [n]))[0]).toMatchObject([{ n }])
        await given
      }
      connection.release()
      expect(pool.stats().opened).toBe(1)
    })

    it('leave out what has not been sent yet, and let the query before it finish', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const controller = new AbortController()
      const { signal } = controller
      const before = connection.query('select sleep(0.1) as slept')
      const options = { sql: 'set @asked = 1', signal }
      const queued = [errorOf(connection.query(options)), errorOf(connection.execute(options))]
      controller.abort()
      for (const error of await Promise.all(queued)) expect(error).toBeInstanceOf(MysqlQueryAbortedError)
      const refused = [errorOf(connection.query(options)), errorOf(connection.execute(options))]
      for (const error of await Promise.all(refused)) expect(error).toBeInstanceOf(MysqlQueryAbortedError)
      expect((await before)[0]).toEqual([{ slept: 0 }])
      expect((await connection.query('select @asked as asked'))[0]).toEqual([{ asked: null }])
      connection.release()
    })

    it('fail what waits behind them when the connection is lost', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const given = errorOf(connection.query({ sql: 'select sleep(30)', timeout: 20 }))
      expect(await given).toMatchObject({ code: 'PROTOCOL_SEQUENCE_TIMEOUT' })
      const next = errorOf(connection.query('select 1'))
      connection.destroy()
      expect(await next).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
    })
  })

  describe('a stack', { timeout: 20_000 }, () => {
    it('leads to who awaits the call, through all who await that, at no cost', async () => {
      const pool = pools.make()
      const ask = async () => {
        await pool.query('select nonsense')
      }
      const theCaller = async () => {
        await ask()
      }
      expect((await errorOf(theCaller()))?.stack).toMatch(/Unknown column.* ask .* theCaller /s)
      const borrowed = async () => {
        await using connection = await pool.getConnection()
        await connection.execute('select nonsense')
      }
      expect((await errorOf(borrowed()))?.stack).toMatch(/Unknown column.* borrowed /s)
    })

    it('leads to the call itself with trace: true, and nowhere with false', async () => {
      function theCaller(pool: Pool) {
        return errorOf(pool.query('select nonsense'))
      }
      expect((await theCaller(pools.make({ trace: true })))?.stack).toContain('theCaller')
      expect((await theCaller(pools.make({ trace: false })))?.stack).not.toContain('theCaller')
    })
  })
})
