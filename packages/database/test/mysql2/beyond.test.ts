import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { isPoolError } from '@millpond/core'
import mysql from 'mysql2'
import type { PoolConnection, RowDataPacket } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { createPool, MysqlQueryAbortedError, type Pool, type PoolOptions } from '../../src/mysql2.js'
import { createPool as createCallbackPool } from '../../src/mysql2-callback.js'
import { until } from '../until.js'
import { MariadbServer } from './mariadb-server.js'

type Row = RowDataPacket

/** The connection behind its promises, which mysql2's types give a wrong type. */
const coreOf = (connection: PoolConnection) => connection.connection as unknown as mysql.PoolConnection

const errorOf = (failing: Promise<unknown>) => failing.then(() => undefined).catch((error: Error) => error)

describeWith('mariadbd', 'beyond mysql2', () => {
  let server: MariadbServer
  const pools: Pool[] = []

  beforeAll(async () => {
    server = await MariadbServer.start()
    await server.run('create table notes (id int primary key auto_increment, text varchar(80) not null) engine=innodb')
    await server.run("create user other identified by 'other'")
    await server.run(
      'create procedure begin_and_fail() begin start transaction; insert into notes (text) values ("lost"); signal sqlstate "45000"; end',
    )
  }, 60_000)
  afterAll(() => server?.stop())
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.end({ timeout: 1_000 })
  })

  function make(options: PoolOptions = {}): Pool {
    const pool = createPool({ ...server.config, ...options })
    pools.push(pool)
    return pool
  }

  const first = async (pool: Pool, sql: string) => (await pool.query<Row[]>(sql))[0][0]
  const idOf = async (pool: Pool) => (await first(pool, 'select connection_id() as id'))?.id
  const inTransaction = async (pool: Pool) => (await first(pool, 'select @@in_transaction as n'))?.n

  describe('a connection that comes back dirty', { timeout: 20_000 }, () => {
    it('is rolled back when it is inside a transaction, and lent again', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      await connection.query("insert into notes (text) values ('never committed')")
      connection.release()
      expect(await inTransaction(pool)).toBe(0)
      expect((await pool.query("select * from notes where text = 'never committed'"))[0]).toEqual([])
      expect(pool.stats().opened).toBe(1)
    })

    it('is rolled back when the pool itself was asked to begin, by text, statement or in a row of several', async () => {
      const pool = make({ connectionLimit: 1, multipleStatements: true })
      for (const begin of [
        'begin',
        'select 1; begin; select 2',
        'set autocommit = 0; select * from notes for update',
      ]) {
        await pool.query(begin)
        expect(await inTransaction(pool)).toBe(0)
      }
      await pool.execute('start transaction')
      expect(await inTransaction(pool)).toBe(0)
      expect(await first(pool, 'select @@autocommit as n')).toEqual({ n: 1 })
      expect(pool.stats().opened).toBe(1)
    })

    it('is rolled back when a procedure has begun one and failed, which its error does not tell', async () => {
      const pool = make({ connectionLimit: 1 })
      expect(await errorOf(pool.query('call begin_and_fail()'))).toMatchObject({ sqlState: '45000' })
      expect(await inTransaction(pool)).toBe(0)
      expect((await pool.query("select * from notes where text = 'lost'"))[0]).toEqual([])
      expect(pool.stats().opened).toBe(1)
    })

    it('is rolled back when a BEGIN is still on its way', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const begun = connection.query('begin')
      connection.release()
      expect(await inTransaction(pool)).toBe(0)
      await begun
    })

    it('is given to nobody before it is clean, whoever waits', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const waiting = inTransaction(pool)
      await connection.query('begin')
      connection.release()
      expect(await waiting).toBe(0)
    })

    it('has its autocommit set back, to what the connection listeners have made of it', async () => {
      const pool = make({ connectionLimit: 1 })
      await pool.query('set autocommit = 0')
      expect(await first(pool, 'select @@autocommit as n')).toEqual({ n: 1 })
      const without = make({ connectionLimit: 1 })
      without.pool.on('connection', (connection) => connection.query('set autocommit = 0'))
      expect(await first(without, 'select @@autocommit as n')).toEqual({ n: 0 })
      await without.query('set autocommit = 1')
      expect(await first(without, 'select @@autocommit as n')).toEqual({ n: 0 })
      expect([pool.stats().opened, without.stats().opened]).toEqual([1, 1])
    })

    it('is waited for when it is read from in a stream, which gets its rows', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const stream = coreOf(connection).query('select seq as n from seq_1_to_2000').stream({ highWaterMark: 10 })
      await once(stream, 'readable')
      connection.release()
      const next = first(pool, 'select 1 as n')
      let rows = 0
      for await (const _ of stream) rows++
      expect(rows).toBe(2_000)
      expect(await next).toEqual({ n: 1 })
      expect(pool.stats().opened).toBe(1)
    })

    it('is ended when nobody reads on in its stream, which fails', async () => {
      const pool = make({ connectionLimit: 1, pool: { release: { timeout: 100 } } })
      const connection = await pool.getConnection()
      const sql = "select repeat('x', 10000) as text from seq_1_to_5000"
      const stream = coreOf(connection).query(sql).stream({ highWaterMark: 2 })
      await once(stream, 'readable')
      const failed = once(stream, 'error')
      connection.release()
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect((await failed)[0]).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
      expect(pool.stats()).toMatchObject({ opened: 2, closed: { destroyed: 1 } })
    })

    it('is ended when a query does not finish in time, on the server too', async () => {
      const pool = make({ connectionLimit: 1, pool: { release: { timeout: 100 } } })
      const connection = await pool.getConnection()
      const sleeping = errorOf(connection.query('select sleep(30)'))
      connection.release()
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(await sleeping).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
      await until(async () => !(await server.running()).some((sql) => sql?.includes('sleep')))
      expect(pool.stats()).toMatchObject({ opened: 2, closed: { destroyed: 1 } })
    })

    it('is closed when its borrower has changed its user', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const { threadId } = connection
      await connection.changeUser({ database: 'information_schema' })
      connection.release()
      expect(await idOf(pool)).not.toBe(threadId)
      expect(await first(pool, 'select database() as name')).toEqual({ name: 'shop' })
    })

    it('keeps its settings, its statements and its session with auto', async () => {
      const pool = make({ connectionLimit: 1 })
      const id = await idOf(pool)
      await pool.query("set @greeting = 'hello'")
      const ask = () => pool.execute<Row[]>('select concat(@greeting, ?) as text', [' you'])
      await ask()
      expect((await ask())[0]).toEqual([{ text: 'hello you' }])
      expect(await first(pool, "show session status like 'Com_stmt_prepare'")).toMatchObject({ Value: '1' })
      expect(await idOf(pool)).toBe(id)
    })

    it('forgets everything with reset-connection, the database too, and can prepare the same statement again', async () => {
      const pool = make({ connectionLimit: 1, reset: 'reset-connection' })
      const id = await idOf(pool)
      const ask = () =>
        pool.execute<Row[]>("select concat(ifnull(cast(@greeting as char), 'nothing'), ?) as text", ['!'])
      await ask()
      const connection = await pool.getConnection()
      await connection.query("set @greeting = 'hello'")
      await connection.query('create temporary table scratch (n int)')
      await connection.query('use information_schema')
      await connection.beginTransaction()
      connection.release()
      expect((await ask())[0]).toEqual([{ text: 'nothing!' }])
      expect(await errorOf(pool.query('select * from scratch'))).toMatchObject({ code: 'ER_NO_SUCH_TABLE' })
      expect(await first(pool, "select database() as name, @@in_transaction as n, '🦆' as duck")).toEqual({
        name: 'shop',
        n: 0,
        duck: '🦆',
      })
      expect([await idOf(pool), pool.stats().opened]).toEqual([id, 1])
    })

    it('belongs to the pool’s user again after reset-connection', async () => {
      const pool = make({ connectionLimit: 1, reset: 'reset-connection' })
      const connection = await pool.getConnection()
      await connection.changeUser({ user: 'other', password: 'other', database: 'information_schema' })
      const { threadId } = connection
      connection.release()
      const row = await first(pool, 'select connection_id() as id, database() as name, user() as user')
      expect(row).toMatchObject({ id: threadId, name: 'shop', user: 'millpond@127.0.0.1' })
    })

    it('is reset by a function, inside no transaction, and closed when that fails', async () => {
      const seen: unknown[] = []
      let isFailing = false
      const pool = make({
        connectionLimit: 1,
        async reset(connection) {
          const [[row]] = (await connection.query<Row[]>('select @@in_transaction as n')) as [Row[], unknown]
          seen.push(row?.n)
          await connection.query('set @greeting = null')
          if (isFailing) throw new Error('not clean')
        },
      })
      const connection = await pool.getConnection()
      await connection.query("set @greeting = 'hello'")
      await connection.beginTransaction()
      connection.release()
      expect(await first(pool, 'select @greeting as text')).toEqual({ text: null })
      isFailing = true
      await pool.query('select 1')
      await until(() => pool.stats().closed['reset-failed'] === 1)
      expect(new Set(seen)).toEqual(new Set([0]))
    })

    it('stays as it is with false, as in mysql2', async () => {
      const pool = make({ connectionLimit: 1, reset: false })
      await pool.query('begin')
      expect(await inTransaction(pool)).toBe(1)
    })

    it('is not lent again either when it went out through the pool underneath', async () => {
      const pool = make({ connectionLimit: 1 })
      await pool.inner.use((connection) => connection.promise().query('begin'))
      expect(await inTransaction(pool)).toBe(0)
      expect(pool.stats().opened).toBe(2)
    })

    it('refuses a reset that is none', () => {
      expect(() => make({ reset: 'rollback' as never })).toThrow("Invalid option reset: 'rollback'")
    })
  })

  describe('signals and deadlines', { timeout: 20_000 }, () => {
    it('kill a running query on the server, and keep its connection', async () => {
      const pool = make({ connectionLimit: 1 })
      const id = await idOf(pool)
      for (const how of ['query', 'execute'] as const) {
        const controller = new AbortController()
        const sleeping = errorOf(pool[how]({ sql: 'select sleep(30)', signal: controller.signal }))
        await until(async () => (await server.running()).length === 1)
        controller.abort(new Error('the visitor left'))
        const error = await sleeping
        expect(error).toBeInstanceOf(MysqlQueryAbortedError)
        expect(error).toMatchObject({ name: 'AbortError', cause: { message: 'the visitor left' } })
        expect(await idOf(pool)).toBe(id)
        expect(await server.running()).toEqual([])
      }
    })

    it('kill a query that exceeds its timeout, with mysql2’s error, and over TLS as well', async () => {
      const ca = readFileSync(new URL('../postgres/certificates/server.pem', import.meta.url))
      const pool = make({ connectionLimit: 1, host: 'localhost', ssl: { ca } })
      const id = await idOf(pool)
      expect(await first(pool, "show session status like 'Ssl_version'")).toMatchObject({ Value: /^TLS/ })
      const error = await errorOf(pool.query({ sql: 'select sleep(30)', timeout: 60 }))
      expect(error).toMatchObject({ code: 'PROTOCOL_SEQUENCE_TIMEOUT', message: 'Query inactivity timeout' })
      expect(await idOf(pool)).toBe(id)
      expect(await server.running()).toEqual([])
    })

    it('end a stream that is aborted, and keep its connection', async () => {
      const pool = make({ connectionLimit: 1 })
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
      expect(await server.running()).toEqual([])
    })

    it('tell a query without a callback by an event, once', async () => {
      const pool = make({ connectionLimit: 1 })
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
      const pool = make({ connectionLimit: 2 })
      const answers: unknown[] = []
      for (let n = 0; n < 100; n++) {
        const given = errorOf(pool.query({ sql: 'select sleep(0.003)', timeout: 3 }))
        answers.push((await pool.query<Row[]>('select sleep(0.001), ? as n', [n]))[0][0]?.n)
        const error = await given
        expect([undefined, 'PROTOCOL_SEQUENCE_TIMEOUT']).toContain((error as { code?: string } | undefined)?.code)
      }
      expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => n))
      expect(pool.stats().opened).toBeLessThanOrEqual(2)
    })

    it('give up the wait for a connection at once, and nothing when they come too late', async () => {
      const pool = make({ connectionLimit: 1, pool: { acquire: { timeout: 60 } } })
      const connection = await pool.getConnection()
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
      const pool = make()
      const signal = AbortSignal.abort()
      expect(await errorOf(pool.query({ sql: 'select 1', signal }))).toMatchObject({ name: 'AbortError' })
      expect(pool.stats()).toMatchObject({ opened: 0, leases: 0 })
    })

    it('leave no listener on a signal that lives on, and none on the connection', async () => {
      const pool = make({ connectionLimit: 1 })
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

  describe('a stack', { timeout: 20_000 }, () => {
    it('leads to who awaits the call, through all who await that, at no cost', async () => {
      const pool = make()
      const ask = async () => {
        await pool.query('select nonsense')
      }
      const theCaller = async () => {
        await ask()
      }
      expect((await errorOf(theCaller()))?.stack).toMatch(/Unknown column[^]* ask [^]* theCaller /)
    })

    it('leads to the call itself with trace: true, and nowhere with false', async () => {
      function theCaller(pool: Pool) {
        return errorOf(pool.query('select nonsense'))
      }
      expect((await theCaller(make({ trace: true })))?.stack).toContain('theCaller')
      expect((await theCaller(make({ trace: false })))?.stack).not.toContain('theCaller')
    })
  })

  describe('the pool underneath', { timeout: 20_000 }, () => {
    it('takes core options over what mysql2’s say', async () => {
      const pool = make({ connectionLimit: 5, pool: { name: 'orders', size: { max: 1 }, acquire: { maxWaiting: 1 } } })
      const connection = await pool.getConnection()
      const waiting = pool.getConnection()
      const error = await errorOf(pool.getConnection())
      expect(error).toMatchObject({ message: 'Queue limit reached.', code: 'POOL_ENQUEUELIMIT' })
      expect(isPoolError(error?.cause, 'ERR_POOL_QUEUE_FULL')).toBe(true)
      expect(String(error?.cause)).toContain('"orders"')
      connection.release()
      ;(await waiting).release()
      expect([...pool.connections()]).toMatchObject([{ id: 1, state: 'idle.ready', uses: 2 }])
    })

    it('pings what has rested, by COM_PING, where health.onAcquire asks for it', async () => {
      const pool = make({ connectionLimit: 1, pool: { health: { onAcquire: true, after: 0 } } })
      await pool.query('select 1')
      const pings = async () => {
        const [row] = await server.run<Row>("select count(*) as n from mysql.general_log where command_type = 'Ping'")
        return row?.n
      }
      await server.run("set global log_output = 'TABLE'")
      await server.run('set global general_log = 1')
      expect(await pings()).toBe(0)
      await pool.query('select 1')
      expect(await pings()).toBe(1)
      await server.run('set global general_log = 0')
    })

    it('finds a getConnection inside the callback of another', async () => {
      const pool = make({ connectionLimit: 2, pool: { acquire: { nested: 'error' } } })
      const error = await new Promise<Error | undefined>((resolve) => {
        pool.pool.getConnection(async (_, connection) => {
          resolve(await errorOf(pool.query('select 1')))
          connection.release()
        })
      })
      expect(isPoolError(error, 'ERR_POOL_NESTED_ACQUIRE')).toBe(true)
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
    })

    it('closes what was opened before a flush', async () => {
      const pool = make({ connectionLimit: 1 })
      const id = await idOf(pool)
      pool.flush()
      expect(await idOf(pool)).not.toBe(id)
      expect(pool.stats().closed.stale).toBe(1)
    })

    it('says by its lengths what monitoring code looks for in mysql2’s queues', async () => {
      const pool = make({ connectionLimit: 1 })
      const { _allConnections, _freeConnections, _connectionQueue } = pool.pool as unknown as Record<string, unknown[]>
      const lengths = () => [_allConnections?.length, _freeConnections?.length, _connectionQueue?.length]
      const connection = await pool.getConnection()
      const waiting = pool.query('select 1')
      expect(lengths()).toEqual([1, 0, 1])
      connection.release()
      await waiting
      expect(lengths()).toEqual([1, 1, 0])
      expect(pool.pool).toBeInstanceOf((mysql as unknown as { Pool: new () => object }).Pool)
    })

    it('refuses what cannot be, by name', () => {
      expect(() => createPool({ connectionLimit: -1 })).toThrow('Invalid option size.max: -1')
      expect(() => createPool({ pool: { sise: {} } as never })).toThrow('Did you mean size?')
    })

    it('opens no more than it needs with elastic growth', async () => {
      const pool = make({ connectionLimit: 20, pool: { connect: { growth: 'elastic' } } })
      await pool.query('select 1')
      await Promise.all(Array.from({ length: 50 }, () => pool.query('select 1')))
      expect(pool.stats().opened).toBeLessThan(20)
    })
  })

  describe('a borrowed connection', { timeout: 20_000 }, () => {
    it('is not taken from the next borrower by who gives it back or destroys it once more', async () => {
      const pool = make({ connectionLimit: 1 })
      const before = await pool.getConnection()
      before.release()
      const now = await pool.getConnection()
      before.release()
      before.destroy()
      expect((await now.query('select 1 as n'))[0]).toEqual([{ n: 1 }])
      expect(pool.stats()).toMatchObject({ leases: 1, idle: 0 })
      now.release()
    })

    it('that fails ends no process where nobody listens, and is closed when it comes back', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      await server.run(`kill ${connection.threadId}`)
      await until(() => pool.stats().size === 0)
      expect(await errorOf(connection.query('select 1'))).toBeInstanceOf(Error)
      connection.release()
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(pool.stats().closed.lost).toBe(1)
    })

    it('that fails fails its streams', async () => {
      const pool = make({ connectionLimit: 1 })
      const query = pool.pool.query("select repeat('x', 20000), sleep(0.01) from seq_1_to_3000")
      const stream = query.stream({ highWaterMark: 2 })
      await once(stream, 'data')
      const failed = once(stream, 'error')
      const [id] = await server.sessions()
      await server.run(`kill ${id}`)
      expect((await failed)[0]).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(pool.stats()).toMatchObject({ leases: 0 })
    })

    it('fails what it was asked when it is destroyed, and its query ends on the server', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const sleeping = errorOf(connection.query('select sleep(30)'))
      await until(async () => (await server.running()).length === 1)
      connection.destroy()
      expect(await sleeping).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
      await until(async () => (await server.running()).length === 0)
    })
  })

  describe('end', { timeout: 20_000 }, () => {
    it('waits for what is borrowed with a timeout, takes it away then, and settles everybody who waits', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const sleeping = errorOf(connection.query('select sleep(30)'))
      const waiting = [errorOf(pool.getConnection()), errorOf(pool.query('select 1'))]
      await pool.end({ timeout: 100 })
      for (const error of await Promise.all(waiting)) {
        expect(error).toMatchObject({ message: 'Pool is closed.', code: 'POOL_CLOSED' })
        expect(isPoolError(error?.cause, 'ERR_POOL_CLOSED')).toBe(true)
      }
      expect(await sleeping).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
      connection.release()
      expect(pool.stats()).toMatchObject({ size: 0, state: 'closed' })
      await until(async () => (await server.sessions()).length === 0)
    })

    it('lets a borrower finish with a timeout', async () => {
      const pool = make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      const ended = pool.end({ timeout: 10_000 })
      await connection.query("insert into notes (text) values ('in time')")
      await connection.commit()
      connection.release()
      await ended
      expect(await server.run("select text from notes where text = 'in time'")).toEqual([{ text: 'in time' }])
    })

    it('refuses a timeout that is none, and ends nothing then', async () => {
      const pool = make()
      expect(isPoolError(await errorOf(pool.end({ timeout: 0 })), 'ERR_POOL_INVALID_OPTION')).toBe(true)
      expect(() => pool.pool.end({ timeout: -1 })).toThrow('end.timeout')
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
    })

    it('is what await using and using do, and what a second end waits for', async () => {
      let used: Pool
      {
        await using pool = createPool(server.config)
        used = pool
        await pool.query('select 1')
      }
      await used.end()
      expect(used.stats()).toMatchObject({ size: 0, state: 'closed' })
      const callbacks = createCallbackPool(server.config)
      {
        using pool = callbacks
        await new Promise((resolve) => pool.query('select 1', resolve))
      }
      await new Promise((resolve) => callbacks.end(resolve))
      expect(callbacks.stats().state).toBe('closed')
      await until(async () => (await server.sessions()).length === 0)
    })
  })

  it('shows no secret in anything that is printed of a pool, its errors, events, stats and connections', async () => {
    const printed: string[] = []
    const print = (...things: unknown[]) => {
      for (const thing of things) {
        printed.push(inspect(thing, { depth: 8 }), String(thing))
        if (thing instanceof Error) printed.push(thing.stack ?? '', inspect(thing.cause, { depth: 8 }))
      }
    }
    const secret = server.config.password
    for (const options of [server.config, { uri: server.uri }]) {
      const pool = createPool({ ...options, connectionLimit: 1, pool: { acquire: { timeout: 300 } } })
      pools.push(pool)
      for (const event of ['connection', 'acquire', 'release'] as const) pool.on(event as 'release', print)
      for (const event of ['connect', 'transition', 'acquire', 'release', 'disconnect', 'acquireError'] as const) {
        pool.inner.on(event, print)
      }
      const connection = await pool.getConnection({ timeout: 5_000 })
      print(connection, connection.connection, await errorOf(pool.query('select 1')), pool.pool.config)
      connection.release()
      print(await errorOf(pool.query('select nonsense')), pool, pool.pool, pool.stats(), [...pool.connections()])
      print(await errorOf(pool.query({ sql: 'select sleep(9)', timeout: 20 })))
    }
    print(await errorOf(make({ password: `${secret}-wrong` }).getConnection()))
    print(await errorOf(createPool(`mysql://millpond:${secret}@127.0.0.1:1/x`).getConnection()))
    expect(printed.length).toBeGreaterThan(40)
    expect(printed.filter((text) => text.includes(secret))).toEqual([])
  })
})
