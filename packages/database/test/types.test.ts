import type pg from 'pg'
import Cursor from 'pg-cursor'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { Pool, type PoolConfig } from '../src/pg.js'

/** Code as it is written for pg's pool; it is compiled, and called with ours. */
function written(pool: pg.Pool): pg.Pool {
  pool.on('error', (error: Error, client: pg.PoolClient) => void [error.message, client.release])
  pool.on('connect', (client) => void client.host)
  return pool
}

describe('the types of the pool for pg', () => {
  it('are those of pg.Pool, wherever one is expected', async () => {
    const pool = new Pool()
    expect(written(pool)).toBe(pool)
    expect(pool.listenerCount('error')).toBe(1)
    expectTypeOf<Pool>().toExtend<pg.Pool>()
    expectTypeOf<pg.PoolConfig>().toExtend<PoolConfig>()
    expectTypeOf<typeof Pool>().toExtend<new (config?: pg.PoolConfig) => pg.Pool>()
    await pool.end()
  })

  it('know the rows of a query as pg’s do', async () => {
    await using pool = new Pool({ max: 1 })
    const compiled = async () => {
      const typed = await pool.query<{ n: number }>('select 1 as n', [])
      expectTypeOf(typed.rows).toEqualTypeOf<{ n: number }[]>()
      const arrays = await pool.query<[number, string]>({ text: 'select 1, 2', rowMode: 'array' })
      expectTypeOf(arrays.rows).toEqualTypeOf<[number, string][]>()
      const bounded = await pool.query({ text: 'select 1', signal: new AbortController().signal, timeout: 50 })
      expectTypeOf(bounded.rowCount).toEqualTypeOf<number | null>()
      pool.query('select 1', (error, result) => expectTypeOf([error, result]).toExtend<unknown[]>())
      pool.connect((error, client, release) => void [error, client?.release(), release(error)])
      const client = await pool.connect({ timeout: 100 })
      expectTypeOf(client).toEqualTypeOf<pg.PoolClient>()
      expectTypeOf(await pool.query(new Cursor('select 1'))).toEqualTypeOf<pg.QueryResult>()
      client.release(new Error('enough'))
      await pool.end({ timeout: 1_000 })
    }
    expect(compiled).toBeTypeOf('function')
  })
})
