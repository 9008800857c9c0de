import { once } from 'node:events'
import type { RowDataPacket } from 'mysql2/promise'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { until } from '../until.js'
import { coreOf, errorOf, first, idOf, inTransaction, TestPools } from './test-pools.js'

describeWith('mariadbd', 'with the pool for mysql2', () => {
  let pools: TestPools
  beforeAll(async () => {
    pools = await TestPools.start()
    const { server } = pools
    await server.run('create table notes (id int primary key auto_increment, text varchar(80) not null) engine=innodb')
    await server.run("create user other identified by 'other'")
    await server.run(
      'create procedure begin_and_fail() begin start transaction; insert into notes (text) values ("lost"); signal sqlstate "45000"; end',
    )
  }, 60_000)
  afterAll(() => pools?.server.stop())
  afterEach(() => pools.endAll())

  describe('a connection that comes back dirty', { timeout: 20_000 }, () => {
    it('is rolled back when it is inside a transaction, and lent again', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      await connection.query("insert into notes (text) values ('never committed')")
      connection.release()
      expect(await inTransaction(pool)).toBe(0)
      expect((await pool.query("select * from notes where text = 'never committed'"))[0]).toEqual([])
      expect(pool.stats().opened).toBe(1)
    })

    it('is rolled back when the pool itself was asked to begin, by text, statement or in a row of several', async () => {
      const pool = pools.make({ connectionLimit: 1, multipleStatements: true })
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
      const pool = pools.make({ connectionLimit: 1 })
      expect(await errorOf(pool.query('call begin_and_fail()'))).toMatchObject({ sqlState: '45000' })
      expect(await inTransaction(pool)).toBe(0)
      expect((await pool.query("select * from notes where text = 'lost'"))[0]).toEqual([])
      expect(pool.stats().opened).toBe(1)
    })

    it('is rolled back when a BEGIN is still on its way', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const begun = connection.query('begin')
      connection.release()
      expect(await inTransaction(pool)).toBe(0)
      await begun
    })

    it('is given to nobody before it is clean, whoever waits', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const waiting = inTransaction(pool)
      await connection.query('begin')
      connection.release()
      expect(await waiting).toBe(0)
    })

    it('has its autocommit set back, to what the connection listeners have made of it', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      await pool.query('set autocommit = 0')
      expect(await first(pool, 'select @@autocommit as n')).toEqual({ n: 1 })
      const without = pools.make({ connectionLimit: 1 })
      without.pool.on('connection', (connection) => connection.query('set autocommit = 0'))
      expect(await first(without, 'select @@autocommit as n')).toEqual({ n: 0 })
      await without.query('set autocommit = 1')
      expect(await first(without, 'select @@autocommit as n')).toEqual({ n: 0 })
      expect([pool.stats().opened, without.stats().opened]).toEqual([1, 1])
    })

    it('is waited for when it is read from in a stream, which gets its rows', async () => {
      const pool = pools.make({ connectionLimit: 1 })
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
      const pool = pools.make({ connectionLimit: 1, pool: { release: { timeout: 100 } } })
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
      const pool = pools.make({ connectionLimit: 1, pool: { release: { timeout: 100 } } })
      const connection = await pool.getConnection()
      const sleeping = errorOf(connection.query('select sleep(30)'))
      connection.release()
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(await sleeping).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
      await until(async () => !(await pools.server.running()).some((sql) => sql?.includes('sleep')))
      expect(pool.stats()).toMatchObject({ opened: 2, closed: { destroyed: 1 } })
    })

    it('goes on answering when its borrower has paused it', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      connection.pause()
      connection.release()
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(pool.stats().opened).toBe(1)
    })

    it('is closed when its borrower has changed its user', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      const { threadId } = connection
      await connection.changeUser({ database: 'information_schema' })
      connection.release()
      expect(await idOf(pool)).not.toBe(threadId)
      expect(await first(pool, 'select database() as name')).toEqual({ name: 'shop' })
    })

    it('keeps its settings, its statements and its session with auto', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const id = await idOf(pool)
      await pool.query("set @greeting = 'hello'")
      const ask = () => pool.execute<RowDataPacket[]>('select concat(@greeting, ?) as text', [' you'])
      await ask()
      expect((await ask())[0]).toEqual([{ text: 'hello you' }])
      expect(await first(pool, "show session status like 'Com_stmt_prepare'")).toMatchObject({ Value: '1' })
      expect(await idOf(pool)).toBe(id)
    })

    it('forgets everything with reset-connection, the database too, and can prepare the same statement again', async () => {
      const pool = pools.make({ connectionLimit: 1, reset: 'reset-connection' })
      const id = await idOf(pool)
      const ask = () =>
        pool.execute<RowDataPacket[]>("select concat(ifnull(cast(@greeting as char), 'nothing'), ?) as text", ['!'])
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
      const pool = pools.make({ connectionLimit: 1, reset: 'reset-connection' })
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
      const pool = pools.make({
        connectionLimit: 1,
        async reset(connection) {
          const [[row]] = (await connection.query<RowDataPacket[]>('select @@in_transaction as n')) as [
            RowDataPacket[],
            unknown,
          ]
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
      const pool = pools.make({ connectionLimit: 1, reset: false })
      await pool.query('begin')
      expect(await inTransaction(pool)).toBe(1)
    })

    it('is not lent again either when it went out through the pool underneath', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      await pool.inner.use((connection) =>
        once(
          connection.query('begin', () => {}),
          'end',
        ),
      )
      expect(await inTransaction(pool)).toBe(0)
      expect(pool.stats().opened).toBe(2)
    })

    it('refuses a reset that is none', () => {
      expect(() => pools.make({ reset: 'rollback' as never })).toThrow("Invalid option reset: 'rollback'")
    })
  })
})
