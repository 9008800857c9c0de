import type callback from 'mysql2'
import type promise from 'mysql2/promise'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as ours from '../../src/mysql2.js'
import * as oursWithCallbacks from '../../src/mysql2-callback.js'

/** Code as it is written for mysql2's pools; it is compiled, and called with ours. */
function written(pool: promise.Pool): promise.Pool {
  pool.on('connection', (connection) => void connection.threadId)
  return pool
}

function writtenWithCallbacks(pool: callback.Pool): callback.Pool {
  pool.on('connection', (connection) => void connection.threadId)
  return pool
}

describe('the types of the pools for mysql2', () => {
  it('are those of mysql2’s, wherever those are expected', async () => {
    const pool = ours.createPool({ host: '127.0.0.1' })
    expect(written(pool)).toBe(pool)
    expect(pool.listenerCount('connection')).toBe(1)
    expect(writtenWithCallbacks(pool.pool)).toBe(pool.pool)
    expectTypeOf<ours.Pool>().toExtend<promise.Pool>()
    expectTypeOf<oursWithCallbacks.Pool>().toExtend<callback.Pool>()
    expectTypeOf<ours.PoolCluster>().toExtend<promise.PoolCluster>()
    expectTypeOf<oursWithCallbacks.PoolCluster>().toExtend<callback.PoolCluster>()
    expectTypeOf<Omit<callback.PoolOptions, 'pool'>>().toExtend<ours.PoolOptions>()
    expectTypeOf<typeof ours.createPool>().toExtend<(uri: string) => promise.Pool>()
    expectTypeOf<typeof oursWithCallbacks.createPool>().toExtend<(uri: string) => callback.Pool>()
    await pool.end()
  })

  it('know the rows of a query as mysql2’s do', async () => {
    await using pool = ours.createPool({ host: '127.0.0.1' })
    type Row = ours.RowDataPacket & { n: number }
    const compiled = async () => {
      const [rows, fields] = await pool.query<Row[]>('select 1 as n')
      expectTypeOf(rows).toEqualTypeOf<Row[]>()
      expectTypeOf(fields).toEqualTypeOf<ours.FieldPacket[]>()
      const [result] = await pool.execute<ours.ResultSetHeader>('insert into notes (text) values (?)', ['x'])
      expectTypeOf(result.insertId).toEqualTypeOf<number>()
      await pool.query({ sql: 'select 1', signal: new AbortController().signal, timeout: 50 })
      pool.pool.query<Row[]>('select 1', (error, typed) => void [error?.code, typed[0]?.n])
      pool.pool.query<Row[]>({ sql: 'select 1', signal: AbortSignal.timeout(5) }, (_, typed) => void typed[0]?.n)
      pool.pool.execute<Row[]>({ sql: 'select 1', timeout: 5 }, [1], (_, typed) => void typed[0]?.n)
      expectTypeOf(pool.pool.query('select 1').stream).toBeFunction()
      pool.pool.getConnection({ timeout: 100 }, (_, connection) => {
        expectTypeOf(connection).toExtend<callback.PoolConnection>()
        connection.query<Row[]>({ sql: 'select 1', signal: AbortSignal.timeout(5) }, () => connection.release())
      })
      const connection = await pool.getConnection({ timeout: 100 })
      expectTypeOf(connection).toExtend<promise.PoolConnection>()
      await connection.query({ sql: 'select 1', signal: AbortSignal.timeout(5) })
      await connection.execute<Row[]>({ sql: 'select 1', timeout: 5 }, [])
      connection.release()
      expectTypeOf(pool.pool.promise()).toEqualTypeOf<ours.Pool>()
      await pool.end({ timeout: 1_000 })
    }
    expect(compiled).toBeTypeOf('function')
  })

  it('come with the rest of mysql2, so that the module takes its place', () => {
    expect([ours.escape("it's"), ours.format('??', ['id'])]).toEqual(["'it\\'s'", '`id`'])
    expect(oursWithCallbacks.escapeId('id')).toBe('`id`')
    for (const module of [ours, oursWithCallbacks]) {
      expect(module.Types.LONG).toBe(3)
      expect(module.TypedParameter.INT(7).type).toBe(module.Types.LONG)
      expect(module.Charsets.UTF8MB4_BIN).toBe(46)
    }
    expect(oursWithCallbacks.createPoolPromise).toBe(ours.createPool)
    expect([ours.createConnection, oursWithCallbacks.createConnection].map((fn) => typeof fn)).toEqual([
      'function',
      'function',
    ])
  })
})
