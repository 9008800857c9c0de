import { setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'
import { isPoolError } from '@millpond/core'
import pg from 'pg'
import Cursor from 'pg-cursor'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PgQueryAbortedError, PgQueryTimeoutError, Pool, type PoolConfig } from '../src/pg.js'
import { certificate, PostgresServer } from './postgres/postgres-server.js'
import { until } from './until.js'

let server: PostgresServer
const pools: Pool[] = []

beforeAll(async () => {
  server = await PostgresServer.start()
  await server.run('create table notes (id serial primary key, text text not null)')
}, 60_000)
afterAll(() => server?.stop())
afterEach(async () => {
  for (const pool of pools.splice(0)) if (!pool.ending) await pool.end({ timeout: 1_000 })
})

function make(config: PoolConfig = {}): Pool {
  const pool = new Pool({ ...server.config, application_name: 'beyond', ...config })
  pools.push(pool)
  return pool
}

/** Statements that the server is running for this application, sleeping ones. */
async function running(): Promise<number> {
  const [row] = await server.run<{ n: number }>(
    "select count(*)::int as n from pg_stat_activity where application_name = 'beyond' and state = 'active'",
  )
  return row?.n ?? -1
}

const errorOf = (failing: Promise<unknown>) => failing.then(() => undefined).catch((error: Error) => error)

describe('a client that comes back dirty', { timeout: 20_000 }, () => {
  it('is rolled back when it is inside a transaction, and lent again', async () => {
    const pool = make({ max: 1 })
    const client = await pool.connect()
    await client.query('begin')
    await client.query("insert into notes (text) values ('never committed')")
    client.release()
    const next = await pool.connect()
    expect(next).toBe(client)
    expect(next.getTransactionStatus()).toBe('I')
    expect((await next.query("select * from notes where text = 'never committed'")).rows).toEqual([])
    next.release()
  })

  it('is rolled back when its transaction has failed', async () => {
    const pool = make({ max: 1 })
    const client = await pool.connect()
    await client.query('begin')
    await client.query('select nonsense').catch(() => {})
    await until(() => client.getTransactionStatus() === 'E')
    client.release()
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    expect(pool.stats().opened).toBe(1)
  })

  it('is rolled back when a BEGIN is still on its way', async () => {
    const pool = make({ max: 1 })
    const client = await pool.connect()
    const begun = client.query('begin')
    client.release()
    const next = await pool.connect()
    await begun
    expect(next.getTransactionStatus()).toBe('I')
    next.release()
  })

  it('is given to nobody before it is clean, whoever waits', async () => {
    const pool = make({ max: 1 })
    const client = await pool.connect()
    const waiting = pool.query('select pg_current_xact_id_if_assigned() as id')
    await client.query('begin')
    await client.query("insert into notes (text) values ('nor this')")
    client.release()
    expect((await waiting).rows).toEqual([{ id: null }])
  })

  it('is ended when a query does not finish in time', async () => {
    const pool = make({ max: 1, pool: { release: { timeout: 100 } } })
    const client = await pool.connect()
    const sleeping = errorOf(client.query('select pg_sleep(30)'))
    client.release()
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    expect(await sleeping).toBeInstanceOf(Error)
    await until(async () => (await running()) === 0)
    expect(pool.stats()).toMatchObject({ opened: 2, closed: { destroyed: 1 } })
  })

  it('is closed when it has LISTENed, however that was said', async () => {
    const pool = make({ max: 1 })
    for (const text of ['LISTEN news', '/* as some say */ listen news', 'select 1; listen news']) {
      const client = await pool.connect()
      await client.query(text)
      client.release()
      expect(pool.totalCount).toBe(0)
      const next = await pool.connect()
      expect(next).not.toBe(client)
      next.release()
    }
    expect(pool.stats().closed).toMatchObject({ retired: 3, lost: 0 })
  })

  it('keeps its settings, its prepared statements and its session with auto', async () => {
    const pool = make({ max: 1 })
    const pid = async () => (await pool.query('select pg_backend_pid() as pid')).rows[0].pid
    const before = await pid()
    await pool.query("set application_name = 'mine'")
    expect(await pid()).toBe(before)
    expect((await pool.query("select current_setting('application_name') as name")).rows[0].name).toBe('mine')
  })

  it('forgets everything with discard-all, and can prepare the same statement again', async () => {
    const pool = make({ max: 1, reset: 'discard-all' })
    const square = () => pool.query({ name: 'square', text: 'select $1::int * $1::int as n', values: [3] })
    await pool.query("set application_name = 'mine'")
    await square()
    const client = await pool.connect()
    await client.query('begin')
    await client.query('create temporary table scratch (n int)')
    await client.query('listen news')
    client.release()
    expect((await square()).rows).toEqual([{ n: 9 }])
    const { rows } = await pool.query(
      "select current_setting('application_name') as name, to_regclass('scratch') as scratch, (select count(*)::int from pg_prepared_statements) as prepared, (select count(*)::int from pg_listening_channels()) as channels",
    )
    expect(rows).toEqual([{ name: 'beyond', scratch: null, prepared: 0, channels: 0 }])
    expect(pool.stats().opened).toBe(1)
  })

  it('is reset by a function, inside no transaction, and closed when that fails', async () => {
    const statuses: unknown[] = []
    let isFailing = false
    const pool = make({
      max: 1,
      async reset(client) {
        statuses.push(client.getTransactionStatus())
        await client.query('reset application_name')
        if (isFailing) throw new Error('not clean')
      },
    })
    const client = await pool.connect()
    await client.query('begin')
    client.release()
    await pool.query("set application_name = 'mine'")
    expect((await pool.query("select current_setting('application_name') as name")).rows[0].name).toBe('beyond')
    isFailing = true
    await pool.query('select 1')
    await until(() => pool.stats().closed['reset-failed'] === 1)
    expect(new Set(statuses)).toEqual(new Set(['I']))
  })

  it('stays as it is with false, as in pg-pool', async () => {
    const pool = make({ max: 1, reset: false })
    const client = await pool.connect()
    await client.query('begin')
    client.release()
    const next = await pool.connect()
    expect(next.getTransactionStatus()).toBe('T')
    next.release(true)
  })

  it('is not lent again either when it went out through the pool underneath', async () => {
    const pool = make({ max: 1 })
    await pool.inner.use((client) => client.query('begin'))
    const client = await pool.connect()
    expect(client.getTransactionStatus()).not.toBe('T')
    client.release()
  })

  it('comes back when a cursor or a Query that was given to the pool has ended', async () => {
    const pool = make({ max: 1 })
    const cursor = new Cursor<{ n: number }>('select n from generate_series(1, 5) n')
    const ended = pool.query(cursor)
    expect(await cursor.read(2)).toEqual([{ n: 1 }, { n: 2 }])
    await cursor.close()
    await ended
    const answered = new Promise((resolve) => {
      void pool.query(new pg.Query('select 7 as n', (_, { rows }) => resolve(rows)))
    })
    expect(await answered).toEqual([{ n: 7 }])
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    const refused = errorOf(pool.query(new pg.Query('select nonsense')))
    expect(await refused).toMatchObject({ code: '42703' })
    expect((await pool.query('select 2 as n')).rows).toEqual([{ n: 2 }])
  })
})

describe('a client', { timeout: 20_000 }, () => {
  it('has the listeners that it had, whatever it was lent for', async () => {
    const pool = make({ max: 1 })
    const listeners = async () => {
      const client = await pool.connect()
      const { connection } = client
      const counts = [client, connection].map((emitter) =>
        emitter.eventNames().map((name) => [String(name), emitter.listenerCount(name)]),
      )
      client.release()
      return counts
    }
    await pool.query('select 1')
    const before = await listeners()
    for (let n = 0; n < 20; n++) {
      await pool.query('select 1')
      await pool.query(new pg.Query('select 2'))
      const cursor = new Cursor('select 3')
      const ended = pool.query(cursor)
      await cursor.read(10)
      await cursor.close()
      await ended
      await pool.query({ text: 'select 4', timeout: 5_000, signal: new AbortController().signal })
      await errorOf(pool.query({ text: 'select pg_sleep(1)', timeout: 5 }))
      const client = await pool.connect()
      await client.query('begin')
      client.release()
    }
    expect(await listeners()).toEqual(before)
    expect(pool.stats().opened).toBe(1)
  })

  it('of an older pg, which does not keep its transaction status, is rolled back as well', async () => {
    class OlderClient extends pg.Client {}
    Object.defineProperty(OlderClient.prototype, 'getTransactionStatus', { value: undefined })
    const pool = make({ max: 1, Client: OlderClient as unknown as NonNullable<PoolConfig['Client']> })
    const client = await pool.connect()
    await client.query('begin')
    client.release()
    const { rows } = await pool.query('select now() = statement_timestamp() as is_first')
    expect(rows).toEqual([{ is_first: true }])
    expect(pool.stats().opened).toBe(1)
  })
})

describe('signals and deadlines', { timeout: 20_000 }, () => {
  it('cancel a running query on the server, and keep its client', async () => {
    const pool = make({ max: 1 })
    const { rows } = await pool.query('select pg_backend_pid() as pid')
    const controller = new AbortController()
    const sleeping = errorOf(pool.query({ text: 'select pg_sleep(30)', signal: controller.signal }))
    await until(async () => (await running()) === 1)
    controller.abort(new Error('the visitor left'))
    const error = await sleeping
    expect(error).toBeInstanceOf(PgQueryAbortedError)
    expect(error).toMatchObject({ name: 'AbortError', cause: { message: 'the visitor left' } })
    expect((await pool.query('select pg_backend_pid() as pid')).rows).toEqual(rows)
    expect(await running()).toBe(0)
  })

  it.each(['postgres', 'direct'] as const)('cancel over TLS as well, negotiated by %s', async (sslnegotiation) => {
    const pool = make({ max: 1, host: 'localhost', ssl: { ca: certificate }, sslnegotiation })
    const text = 'select pg_backend_pid() as pid, ssl from pg_stat_ssl where pid = pg_backend_pid()'
    const { rows } = await pool.query(text)
    expect(rows).toMatchObject([{ ssl: true }])
    const error = await errorOf(pool.query({ text: 'select pg_sleep(30)', timeout: 100 }))
    expect(error).toBeInstanceOf(PgQueryTimeoutError)
    expect((await pool.query(text)).rows).toEqual(rows)
    expect(await running()).toBe(0)
  })

  it('give a query up at its timeout, the wait included', async () => {
    const pool = make({ max: 1 })
    await pool.query('select 1')
    const error = await errorOf(pool.query({ text: 'select pg_sleep(30)', timeout: 80 }))
    expect(error).toBeInstanceOf(PgQueryTimeoutError)
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'ERR_PG_QUERY_TIMEOUT', timeout: 80 })
    const client = await pool.connect()
    const late = await errorOf(pool.query({ text: 'select 1', timeout: 50 }))
    expect(late?.message).toBe('timeout exceeded when trying to connect')
    expect(isPoolError(late?.cause, 'ERR_POOL_ACQUIRE_TIMEOUT')).toBe(true)
    client.release()
  })

  it('never hit the next query of the client: a hundred cancelled ones, each followed by another', async () => {
    const pool = make({ max: 2 })
    const answers: unknown[] = []
    for (let n = 0; n < 100; n++) {
      const given = errorOf(pool.query({ text: 'select pg_sleep(0.003)', timeout: 3 }))
      answers.push((await pool.query('select pg_sleep(0.001), $1::int as n', [n])).rows[0].n)
      const error = await given
      expect(error === undefined || /Timeout/.test(error.name) || /timeout/.test(error.message)).toBe(true)
    }
    expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => n))
  })

  it('give up the wait for a client at once, and nothing when they come too late', async () => {
    const pool = make({ max: 1 })
    const client = await pool.connect()
    const controller = new AbortController()
    const waiting = [
      errorOf(pool.connect({ signal: controller.signal })),
      errorOf(pool.query({ text: 'select 1', signal: controller.signal })),
    ]
    controller.abort()
    for (const error of await Promise.all(waiting)) expect(isPoolError(error, 'ERR_POOL_ACQUIRE_ABORTED')).toBe(true)
    const late = await errorOf(pool.connect({ timeout: 30 }))
    expect(late?.message).toBe('timeout exceeded when trying to connect')
    client.release()
    const later = new AbortController()
    expect((await pool.query({ text: 'select 1 as n', signal: later.signal, timeout: 5_000 })).rows).toEqual([{ n: 1 }])
    later.abort()
    expect(pool.stats()).toMatchObject({ size: 1, leases: 0, waiting: 0 })
  })

  it('pass on what the server says of a query that ends in time', async () => {
    const pool = make()
    const refused = await errorOf(pool.query({ text: 'select nonsense', timeout: 5_000 }))
    expect(refused).toMatchObject({ code: '42703' })
    const invalid = await errorOf(pool.query({ text: 'select 1', timeout: -1 }))
    expect(isPoolError(invalid, 'ERR_POOL_INVALID_OPTION')).toBe(true)
  })
})

describe('the pool underneath', { timeout: 20_000 }, () => {
  it('takes core options over what pg-pool’s say', async () => {
    const pool = make({ max: 5, pool: { name: 'orders', size: { max: 1 }, acquire: { maxWaiting: 1 } } })
    const client = await pool.connect()
    const waiting = pool.connect()
    const error = await errorOf(pool.connect())
    expect(isPoolError(error, 'ERR_POOL_QUEUE_FULL')).toBe(true)
    expect(error?.message).toContain('"orders"')
    client.release()
    ;(await waiting).release()
  })

  it('finds a connect inside the callback of another', async () => {
    const pool = make({ max: 2, pool: { acquire: { nested: 'error' } } })
    const error = await new Promise<Error | undefined>((resolve) => {
      pool.connect(async (_, client, release) => {
        await client?.query('select 1')
        resolve(await errorOf(pool.query('select 1')))
        release()
      })
    })
    expect(isPoolError(error, 'ERR_POOL_NESTED_ACQUIRE')).toBe(true)
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
  })

  it('lends a client on that came back inside a transaction, whose lease ends once', async () => {
    const pool = make({ max: 1, pool: { acquire: { nested: 'error' } } })
    const misused: unknown[] = []
    pool.inner.on('misuse', (event) => misused.push(event))
    await new Promise<void>((resolve) => {
      pool.connect(async (_, client, release) => {
        await client?.query('begin')
        release()
        resolve()
      })
    })
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    expect([pool.stats().opened, misused]).toEqual([1, []])
  })

  it('refuses what cannot be, by name', () => {
    expect(() => new Pool({ max: -1 })).toThrow('Invalid option size.max: -1')
    expect(() => new Pool({ reset: 'rollback' as never })).toThrow("Invalid option reset: 'rollback'")
    expect(() => new Pool({ pool: { sise: {} } as never })).toThrow('Did you mean size?')
    const notNative = { Client: { name: 'native' } as never }
    expect(() => new Pool(notNative)).toThrow(/Invalid option Client: .*pg.native is null without pg-native/)
  })

  it('takes a connection string in place of options', async () => {
    const pool = new Pool(server.connectionString)
    pools.push(pool)
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
  })

  it('opens no more than it needs with elastic growth', async () => {
    // Opens are slower than fifty queries in a row, on a busy machine, too.
    const onConnect = () => setTimeout(500)
    const pool = make({ max: 20, onConnect, pool: { connect: { growth: 'elastic' } } })
    await pool.query('select 1')
    await Promise.all(Array.from({ length: 50 }, () => pool.query('select 1')))
    expect(pool.stats().opened).toBeLessThan(10)
  })
})

describe('a log that throws', { timeout: 20_000 }, () => {
  it.each(['dispatching query', 'query dispatched'])(
    'fails the query of which it was told "%s", and costs no client',
    async (told) => {
      const full = new Error('no space left on device')
      let isBroken = true
      const log = (message: unknown) => {
        if (isBroken && message === told) throw full
      }
      const pool = make({ max: 1, log })
      expect(await errorOf(pool.query('select 1'))).toBe(full)
      isBroken = false
      await pool.query('select 1')
      isBroken = true
      expect(await errorOf(pool.query('select 1'))).toBe(full)
      isBroken = false
      expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    },
  )
})

describe('end', { timeout: 20_000 }, () => {
  it('takes clients away at its timeout, and settles everybody who waits', async () => {
    const pool = make({ max: 1 })
    const client = await pool.connect()
    const sleeping = errorOf(client.query('select pg_sleep(30)'))
    const waiting = [errorOf(pool.connect()), errorOf(pool.query('select 1'))]
    await pool.end({ timeout: 100 })
    for (const error of await Promise.all(waiting)) {
      expect(error?.message).toBe('Cannot use a pool after calling end on the pool')
      expect(isPoolError(error?.cause, 'ERR_POOL_CLOSED')).toBe(true)
    }
    expect((await sleeping)?.message).toBe('Connection terminated')
    client.release()
    expect([pool.ended, pool.totalCount]).toEqual([true, 0])
    await until(async () => (await server.sessions('beyond')) === 0)
  })

  it('refuses a timeout that is none, and ends nothing then', async () => {
    const pool = make()
    const error = await errorOf(pool.end({ timeout: 0 }))
    expect(isPoolError(error, 'ERR_POOL_INVALID_OPTION')).toBe(true)
    expect([pool.ending, (await pool.query('select 1 as n')).rows]).toEqual([false, [{ n: 1 }]])
  })

  it('is what await using does', async () => {
    let used: Pool
    {
      await using pool = new Pool(server.config)
      used = pool
      await pool.query('select 1')
    }
    expect([used.ended, used.totalCount]).toEqual([true, 0])
  })
})

describe('secrets', { timeout: 20_000 }, () => {
  it('appear in nothing that is printed of a pool, its errors, events, stats and connections', async () => {
    const printed: string[] = []
    const print = (...things: unknown[]) => {
      for (const thing of things) {
        printed.push(inspect(thing, { depth: 8 }), String(thing))
        if (thing instanceof Error) printed.push(thing.stack ?? '', inspect(thing.cause, { depth: 8 }))
      }
    }
    const secret = server.config.password
    for (const config of [server.config, { connectionString: server.connectionString }]) {
      const pool = make({ ...config, max: 1, connectionTimeoutMillis: 500 })
      for (const event of ['connect', 'acquire', 'release', 'remove'] as const) pool.on(event, print)
      for (const event of ['connect', 'transition', 'acquire', 'release', 'disconnect', 'acquireError'] as const) {
        pool.inner.on(event, print)
      }
      const client = await pool.connect()
      print(client, await errorOf(pool.query('select 1')), pool.options, JSON.stringify(pool.options))
      client.release()
      print(await errorOf(pool.query('select nonsense')), pool, pool.stats(), [...pool.connections()])
    }
    print(await errorOf(make({ password: `${secret}-wrong` }).connect()))
    print(await errorOf(make({ connectionString: `postgres://postgres:${secret}@127.0.0.1:1/x` }).connect()))
    expect(printed.length).toBeGreaterThan(40)
    expect(printed.filter((text) => text.includes(secret))).toEqual([])
  })
})

describe('a borrowed client', { timeout: 20_000 }, () => {
  it('that fails ends no process where nobody listens for its errors, and is closed when it comes back', async () => {
    const pool = make({ max: 1 })
    const errors: unknown[] = []
    pool.on('error', (error) => errors.push(error))
    const client = await pool.connect()
    const { rows } = await client.query('select pg_backend_pid() as pid')
    await server.run('select pg_terminate_backend($1)', [rows[0].pid])
    await until(() => pool.totalCount === 0)
    expect(await errorOf(client.query('select 1'))).toBeInstanceOf(Error)
    client.release()
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }])
    expect(errors).toEqual([])
  })
})

describe('an idle client', { timeout: 20_000 }, () => {
  it('that fails ends no process where nobody listens for errors', async () => {
    const pool = make()
    const { rows } = await pool.query('select pg_backend_pid() as pid')
    await server.run('select pg_terminate_backend($1)', [rows[0].pid])
    await until(() => pool.totalCount === 0)
    expect(pool.stats().closed.lost).toBe(1)
  })
})
