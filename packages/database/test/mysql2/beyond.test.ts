import { once } from 'node:events'
import { inspect } from 'node:util'
import { isPoolError } from '@millpond/core'
import mysql from 'mysql2'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { createPool, type Pool } from '../../src/mysql2.js'
import { createPool as createCallbackPool } from '../../src/mysql2-callback.js'
import { until } from '../until.js'
import { silentServer } from './programs/program.js'
import { errorOf, first, idOf, TestPools } from './test-pools.js'

describeWith('mariadbd', 'beyond mysql2', () => {
  let pools: TestPools
  beforeAll(async () => {
    pools = await TestPools.start()
    await pools.server.run('create table notes (text varchar(80) not null) engine=innodb')
  }, 60_000)
  afterAll(() => pools?.server.stop())
  afterEach(() => pools.endAll())

  describe('the pool underneath', { timeout: 20_000 }, () => {
    it('takes core options over what mysql2’s say', async () => {
      const pool = pools.make({
        connectionLimit: 5,
        pool: { name: 'orders', size: { max: 1 }, acquire: { maxWaiting: 1 } },
      })
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

    it('says as mysql2 does that a login has taken longer than connect.timeout, and what opens no more for a while', async () => {
      const silent = await silentServer()
      const connect = { timeout: 50, breaker: { failures: 1, cooldown: 60_000 } }
      const pool = createPool({ host: '127.0.0.1', port: silent.port, pool: { connect } })
      const late = await errorOf(pool.getConnection())
      expect(late).toMatchObject({ message: 'connect ETIMEDOUT', code: 'ETIMEDOUT', fatal: true })
      expect(isPoolError(late?.cause, 'ERR_POOL_CONNECT')).toBe(true)
      const refused = await errorOf(pool.query('select 1'))
      expect(refused).toMatchObject({ message: 'connect ETIMEDOUT', code: 'ETIMEDOUT' })
      expect(isPoolError(refused?.cause, 'ERR_POOL_CIRCUIT_OPEN')).toBe(true)
      await pool.end()
      silent.close()
    })

    it('pings what has rested, by COM_PING, where health.onAcquire asks for it', async () => {
      const pool = pools.make({ connectionLimit: 1, pool: { health: { onAcquire: true, after: 0 } } })
      const id = await idOf(pool)
      await until(async () => {
        const row = await first(pool, "show session status like 'Com_admin_commands'")
        return Number(row?.Value) > 0
      })
      expect(await idOf(pool)).toBe(id)
    })

    it('finds a getConnection inside the callback of another', async () => {
      const pool = pools.make({ connectionLimit: 2, pool: { acquire: { nested: 'error' } } })
      const error = await new Promise<Error | undefined>((resolve) => {
        pool.pool.getConnection(async (_, connection) => {
          resolve(await errorOf(pool.query('select 1')))
          connection.release()
        })
      })
      expect(isPoolError(error, 'ERR_POOL_NESTED_ACQUIRE')).toBe(true)
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
    })

    it('rolls back what comes back from such a callback before anybody gets it, and ends its loan once', async () => {
      const pool = pools.make({ connectionLimit: 1, pool: { acquire: { nested: 'error' } } })
      const misused: unknown[] = []
      pool.inner.on('misuse', (event) => misused.push(event))
      await new Promise<void>((resolve) => {
        pool.pool.getConnection((_, connection) => {
          connection.query('begin', () => {
            connection.release()
            resolve()
          })
        })
      })
      expect(await first(pool, 'select @@in_transaction as n')).toEqual({ n: 0 })
      expect([misused, pool.stats().opened]).toEqual([[], 1])
    })

    it('keeps what is open though a connection listener asks for nonsense', async () => {
      const pool = pools.make({ pool: { size: { min: 1 } } })
      const asked = new Promise((resolve) => {
        pool.pool.on('connection', (connection) => connection.query('select nonsense', resolve))
      })
      expect(await asked).toMatchObject({ code: 'ER_BAD_FIELD_ERROR' })
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(pool.stats().opened).toBe(1)
    })

    it('closes what was opened before a flush', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const id = await idOf(pool)
      pool.flush()
      expect(await idOf(pool)).not.toBe(id)
      expect(pool.stats().closed.stale).toBe(1)
    })

    it('says by its lengths what monitoring code looks for in mysql2’s queues', async () => {
      const pool = pools.make({ connectionLimit: 1 })
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
  })

  describe('a borrowed connection', { timeout: 20_000 }, () => {
    it('is not taken from the next borrower by who gives it back or destroys it once more', async () => {
      const pool = pools.make({ connectionLimit: 1 })
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
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      await pools.server.run(`kill ${connection.threadId}`)
      await until(() => pool.stats().size === 0)
      expect(await errorOf(connection.query('select 1'))).toBeInstanceOf(Error)
      connection.release()
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(pool.stats().closed.lost).toBe(1)
    })

    it('that fails fails its streams', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const query = pool.pool.query("select repeat('x', 20000), sleep(0.01) from seq_1_to_3000")
      const stream = query.stream({ highWaterMark: 2 })
      await once(stream, 'data')
      const failed = once(stream, 'error')
      const [id] = await pools.server.sessions()
      await pools.server.run(`kill ${id}`)
      expect((await failed)[0]).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' })
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
      expect(pool.stats()).toMatchObject({ leases: 0 })
    })

    it('fails what it was asked when it is destroyed, and its query ends on the server', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      // Unlike a sleep, it does not notice that its client has gone.
      const busy = errorOf(connection.query('select benchmark(5000000000, 1 + 1)'))
      await until(async () => (await pools.server.running()).length === 1)
      connection.destroy()
      expect(await busy).toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST', fatal: true })
      await until(async () => (await pools.server.running()).length === 0)
    })
  })

  describe('end', { timeout: 20_000 }, () => {
    it('waits for what is borrowed with a timeout, takes it away then, and settles everybody who waits', async () => {
      const pool = pools.make({ connectionLimit: 1 })
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
      await until(async () => (await pools.server.sessions()).length === 0)
    })

    it('lets a borrower finish with a timeout', async () => {
      const pool = pools.make({ connectionLimit: 1 })
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      const ended = pool.end({ timeout: 10_000 })
      await connection.query("insert into notes (text) values ('in time')")
      await connection.commit()
      connection.release()
      await ended
      expect(await pools.server.run("select text from notes where text = 'in time'")).toEqual([{ text: 'in time' }])
    })

    it('refuses a timeout that is none, and ends nothing then', async () => {
      const pool = pools.make()
      expect(isPoolError(await errorOf(pool.end({ timeout: 0 })), 'ERR_POOL_INVALID_OPTION')).toBe(true)
      expect(() => pool.pool.end({ timeout: -1 })).toThrow('end.timeout')
      expect(await first(pool, 'select 1 as n')).toEqual({ n: 1 })
    })

    it('is what await using and using do, and what a second end waits for', async () => {
      let used: Pool
      {
        await using pool = createPool(pools.server.config)
        used = pool
        await pool.query('select 1')
      }
      await used.end()
      expect(used.stats()).toMatchObject({ size: 0, state: 'closed' })
      const callbacks = createCallbackPool(pools.server.config)
      {
        using pool = callbacks
        await new Promise((resolve) => pool.query('select 1', resolve))
      }
      await new Promise((resolve) => callbacks.end(resolve))
      expect(callbacks.stats().state).toBe('closed')
      await until(async () => (await pools.server.sessions()).length === 0)
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
    const secret = pools.server.config.password
    for (const options of [pools.server.config, { uri: pools.server.uri }]) {
      const pool = createPool({ ...options, connectionLimit: 1, pool: { acquire: { timeout: 300 } } })
      for (const event of ['connection', 'acquire', 'release'] as const) pool.on(event as 'release', print)
      for (const event of ['connect', 'transition', 'acquire', 'release', 'disconnect', 'acquireError'] as const) {
        pool.inner.on(event, print)
      }
      const connection = await pool.getConnection({ timeout: 5_000 })
      print(connection, connection.connection, await errorOf(pool.query('select 1')), pool.pool.config)
      connection.release()
      print(await errorOf(pool.query('select nonsense')), pool, pool.pool, pool.stats(), [...pool.connections()])
      print(await errorOf(pool.query({ sql: 'select sleep(9)', timeout: 20 })))
      await pool.end({ timeout: 1_000 })
    }
    print(await errorOf(pools.make({ password: `${secret}-wrong` }).getConnection()))
    print(await errorOf(createPool(`mysql://millpond:${secret}@127.0.0.1:1/x`).getConnection()))
    expect(printed.length).toBeGreaterThan(40)
    expect(printed.filter((text) => text.includes(secret))).toEqual([])
  })
})
