import { once } from 'node:events'
import net from 'node:net'
import pg from 'pg'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import type { PoolConfig } from '../src/pg.js'
import { until } from './until.js'

/** pg's pool or ours: programs cannot tell. */
export type AnyPool = pg.Pool

export interface Program {
  readonly does: string
  readonly config?: PoolConfig
  /** What can be seen of it. */
  readonly run: (pool: AnyPool, make: (config: PoolConfig) => AnyPool) => Promise<unknown>
}

const counts = ({ totalCount, idleCount, waitingCount, expiredCount }: AnyPool) => ({
  totalCount,
  idleCount,
  waitingCount,
  expiredCount,
})

/** What is told of an error: its text, and what code looks at. */
async function failure(failing: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof failing === 'function' ? failing() : failing)
    return 'no error'
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string }
    return { name, message, code }
  }
}

/** Resolves with the arguments of a callback. */
const called = (run: (done: (...args: unknown[]) => void) => unknown) =>
  new Promise<unknown[]>((resolve) => run((...args) => resolve(args)))

/** The events of a pool as they come, with what they were given. */
function record(pool: AnyPool): unknown[] {
  const seen: unknown[] = []
  const clients: unknown[] = []
  const name = (client: unknown) => {
    if (!clients.includes(client)) clients.push(client)
    return `client ${clients.indexOf(client) + 1}`
  }
  for (const event of ['connect', 'acquire', 'remove'] as const) {
    pool.on(event, (client: unknown) => seen.push([event, name(client)]))
  }
  pool.on('release', (error: unknown, client: unknown) => {
    seen.push(['release', error instanceof Error ? error.message : Boolean(error), name(client)])
  })
  pool.on('error', (error: Error & { client?: unknown }, client: unknown) => {
    seen.push(['error', error.message, name(client), error.client === client])
  })
  return seen
}

async function silentServer(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => sockets.add(socket.on('error', () => {})))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return { port: (server.address() as net.AddressInfo).port, close }
}

export const programs: readonly Program[] = [
  {
    does: 'starts empty, with the defaults on its options',
    async run(pool) {
      const { max, min, maxUses, allowExitOnIdle, maxLifetimeSeconds, idleTimeoutMillis } = pool.options
      const { ending, ended } = pool
      return [counts(pool), max, min, maxUses, allowExitOnIdle, maxLifetimeSeconds, idleTimeoutMillis, ending, ended]
    },
  },
  {
    does: 'hides the password, which can be read all the same',
    run: async ({ options }) => [Object.keys(options).includes('password'), typeof options.password],
  },
  {
    does: 'answers a query by text, with values and by config, as objects and as arrays',
    run: async (pool) => [
      (await pool.query('select 1 as n')).rows,
      (await pool.query('select $1::text as t', ['x'])).rows,
      (await pool.query({ text: 'select $1::int as n', values: [3] })).rows,
      (await pool.query({ text: 'select $1::int as n' } as pg.QueryConfig, [4])).rows,
      (await pool.query({ text: 'select 1, 2', rowMode: 'array' })).rows,
      (await pool.query({ name: 'five', text: 'select 5 as n' })).rows,
      ((await pool.query('select 1 as a; select 2 as b')) as unknown as pg.QueryResult[]).map(({ rows }) => rows),
      (await pool.query('')).rows,
    ],
  },
  {
    does: 'answers a query through callbacks, and returns nothing',
    async run(pool) {
      const returned: unknown[] = []
      const byText = await called((done) => returned.push(pool.query('select 1 as n', done)))
      const byValues = await called((done) => returned.push(pool.query('select $1::int as n', [2], done)))
      const byConfig = await called((done) => returned.push(pool.query({ text: 'select 3 as n' }, done)))
      const rows = [byText, byValues, byConfig].map(([error, result]) => [error, (result as pg.QueryResult).rows])
      return [rows, returned, counts(pool)]
    },
  },
  {
    does: 'refuses a function as the first parameter of a query',
    async run(pool) {
      const [error] = await called((done) => pool.query(done as never))
      return (error as Error).message
    },
  },
  {
    does: 'rejects a query that the server refuses, and closes its client',
    async run(pool) {
      const seen = record(pool)
      const refused = await failure(pool.query('select nonsense'))
      await until(() => pool.totalCount === 0)
      await until(() => seen.length === 4)
      return [refused, seen, counts(pool)]
    },
  },
  {
    does: 'tells a callback what the server refuses',
    async run(pool) {
      const [error, result] = await called((done) => pool.query('select nonsense', done))
      return [(error as Error).message, result]
    },
  },
  {
    does: 'gives a query error a stack that leads to the caller',
    async run(pool) {
      async function theCaller() {
        await pool.query('select nonsense')
      }
      const error = await theCaller().catch((error: Error) => error)
      return String((error as Error).stack).includes('theCaller')
    },
  },
  {
    does: 'rejects what the client throws at: no query at all, and values that are none',
    async run(pool) {
      const refused = [
        await failure(pool.query(null as never)),
        await failure(pool.query('select 1', 'one' as never)),
        await failure(pool.query({ values: [1] } as never)),
      ]
      return [refused, (await pool.query('select 1 as n')).rows]
    },
  },
  {
    does: 'lends a client by promise, and takes it back once',
    async run(pool) {
      const client = await pool.connect()
      const lent = counts(pool)
      const { rows } = await client.query('select 1 as n')
      client.release()
      const back = counts(pool)
      return [lent, rows, back, await failure(() => client.release())]
    },
  },
  {
    does: 'lends a client by callback, with a function that gives it back',
    async run(pool) {
      const [error, client, release] = await called((done) => pool.connect(done))
      const isClient = client instanceof pg.Client
      ;(release as () => void)()
      return [error, isClient, counts(pool), await failure(release as () => unknown)]
    },
  },
  {
    does: 'lends the last used first, and the same one again',
    async run(pool) {
      const [a, b] = await Promise.all([pool.connect(), pool.connect()])
      a.release()
      b.release()
      const c = await pool.connect()
      const isLast = c === b
      c.release()
      return isLast
    },
  },
  {
    does: 'opens one for each caller up to max, and serves the others in turn',
    config: { max: 2 },
    async run(pool) {
      const order: number[] = []
      const first = [pool.connect(), pool.connect()]
      const later = [1, 2, 3].map(async (n) => {
        const client = await pool.connect()
        order.push(n)
        client.release()
      })
      const waiting = counts(pool)
      for (const client of await Promise.all(first)) client.release()
      await Promise.all(later)
      return [waiting, order, counts(pool)]
    },
  },
  {
    does: 'closes a client that is given back with an error, or with true',
    async run(pool) {
      const seen = record(pool)
      const a = await pool.connect()
      a.release(new Error('worn out'))
      await until(() => seen.length === 4)
      const b = await pool.connect()
      b.release(true)
      await until(() => seen.length === 8)
      return [a === b, seen, counts(pool)]
    },
  },
  {
    does: 'tells connect, acquire, release and remove in this order',
    config: { idleTimeoutMillis: 50 },
    async run(pool) {
      const seen = record(pool)
      await pool.query('select 1')
      const client = await pool.connect()
      client.release()
      await until(() => seen.length === 6)
      return [seen, counts(pool)]
    },
  },
  {
    does: 'closes what nobody uses, but for min',
    config: { idleTimeoutMillis: 30, min: 1 },
    async run(pool) {
      const before = counts(pool)
      const clients = await Promise.all([pool.connect(), pool.connect(), pool.connect()])
      for (const client of clients) client.release()
      await until(() => pool.totalCount === 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
      return [before, counts(pool)]
    },
  },
  {
    does: 'keeps idle clients for ever with idleTimeoutMillis 0',
    config: { idleTimeoutMillis: 0 },
    async run(pool) {
      await pool.query('select 1')
      await new Promise((resolve) => setTimeout(resolve, 100))
      return counts(pool)
    },
  },
  {
    does: 'closes a client after maxUses',
    config: { maxUses: 2 },
    async run(pool) {
      const pids: unknown[] = []
      for (let n = 0; n < 4; n++) pids.push((await pool.query('select pg_backend_pid() as pid')).rows[0].pid)
      return [pids[0] === pids[1], pids[1] === pids[2], pids[2] === pids[3]]
    },
  },
  {
    does: 'closes a client after maxLifetimeSeconds: an idle one then, a borrowed one when it comes back',
    config: { maxLifetimeSeconds: 0.1, max: 2 },
    async run(pool) {
      const client = await pool.connect()
      const idle = await pool.connect()
      idle.release()
      await until(() => pool.expiredCount === 1 && pool.totalCount === 1)
      const expired = counts(pool)
      client.release()
      await until(() => pool.totalCount === 0)
      return [expired, counts(pool)]
    },
  },
  {
    does: 'takes the numbers of environment variables, which are texts',
    config: { max: '1' as unknown as number, connectionTimeoutMillis: '300' as unknown as number },
    async run(pool) {
      const client = await pool.connect()
      const refused = await failure(pool.connect())
      client.release()
      return [refused, counts(pool)]
    },
  },
  {
    does: 'rejects who waits longer than connectionTimeoutMillis for a client of others',
    config: { max: 1, connectionTimeoutMillis: 300 },
    async run(pool) {
      const client = await pool.connect()
      const byPromise = await failure(pool.connect())
      const [byCallback, none] = await called((done) => pool.connect(done))
      const byQuery = await failure(pool.query('select 1'))
      const waiting = counts(pool)
      client.release()
      const { rows } = await pool.query('select 1 as n')
      return [byPromise, (byCallback as Error).message, none, byQuery, waiting, rows]
    },
  },
  {
    does: 'rejects whose own client takes longer than connectionTimeoutMillis to connect',
    async run(_, make) {
      const server = await silentServer()
      const pool = make({ host: '127.0.0.1', port: server.port, connectionTimeoutMillis: 60 })
      const refused = await failure(pool.connect())
      await until(() => pool.totalCount === 0)
      const after = counts(pool)
      await pool.end()
      server.close()
      return [refused, after]
    },
  },
  {
    does: 'rejects with the error of the network when nobody listens',
    async run(_, make) {
      const server = await silentServer()
      server.close()
      const pool = make({ host: '127.0.0.1', port: server.port })
      const refused = (await failure(pool.query('select 1'))) as { message: string }
      const [error, none] = await called((done) => pool.connect(done))
      const after = counts(pool)
      await pool.end()
      return [refused.message.replace(String(server.port), 'port'), (error as { code: string }).code, none, after]
    },
  },
  {
    does: 'rejects with the error of the server when it refuses the login',
    async run(_, make) {
      const pool = make({ password: 'wrong' })
      const unknown = make({ database: 'nowhere' })
      const refused = [await failure(pool.connect()), await failure(unknown.query('select 1'))]
      await pool.end()
      await unknown.end()
      return refused
    },
  },
  {
    does: 'takes a connection string, and a function for the password',
    async run(_, make) {
      const { user, password, host, port } = make({}).options
      const connectionString = `postgres://${user}:${password}@${host}:${port}/postgres?application_name=by-text`
      const byText = make({ connectionString, user: undefined, password: undefined })
      const byFunction = make({ password: async () => String(password) })
      const text = "select current_setting('application_name') as name"
      const named = make({ application_name: 'named' })
      const rows = [await byText.query(text), await byFunction.query(text), await named.query(text)].map((r) => r.rows)
      await Promise.all([byText.end(), byFunction.end(), named.end()])
      return rows
    },
  },
  {
    does: 'takes what it is not told from the environment',
    async run(_, make) {
      const { user, password, host, port } = make({}).options
      const of = { PGUSER: user, PGPASSWORD: String(password), PGHOST: host, PGPORT: String(port), PGAPPNAME: 'by-env' }
      const before = { ...process.env }
      Object.assign(process.env, of, { PGDATABASE: 'postgres' })
      try {
        const bare = { user: undefined, password: undefined, host: undefined, port: undefined, database: undefined }
        const pool = make(bare)
        const { rows } = await pool.query("select current_setting('application_name') as name")
        await pool.end()
        return rows
      } finally {
        for (const name of [...Object.keys(of), 'PGDATABASE']) {
          if (before[name] === undefined) delete process.env[name]
          else process.env[name] = before[name]
        }
      }
    },
  },
  {
    does: 'makes its clients of the class it is given, with its options',
    async run(_, make) {
      let made = 0
      class Mine extends pg.Client {
        constructor(config?: pg.ClientConfig) {
          super(config)
          made++
        }
      }
      const pool = make({ Client: Mine as never })
      const client = await pool.connect()
      const isMine = client instanceof Mine
      client.release()
      await pool.end()
      return [isMine, made]
    },
  },
  {
    does: 'verifies a new client before it is lent the first time, and closes one that fails',
    async run(_, make) {
      let asked = 0
      const verify: PoolConfig['verify'] = (client, done) => {
        asked++
        client.query('select 1', () => done(asked === 1 ? new Error('not this one') : undefined))
      }
      const pool = make({ verify })
      const seen = record(pool)
      const refused = await failure(pool.connect())
      await until(() => seen.length === 4)
      const client = await pool.connect()
      client.release()
      ;(await pool.connect()).release()
      const queried = (await pool.query('select 1 as n')).rows
      const after = counts(pool)
      await pool.end()
      return [refused, asked, queried, after, seen.slice(0, 8)]
    },
  },
  {
    does: 'waits for onConnect before a client is lent, and fails with it',
    async run(_, make) {
      let isRefusing = false
      const onConnect: PoolConfig['onConnect'] = async (client) => {
        await client.query("set application_name = 'prepared'")
        if (isRefusing) throw new Error('not prepared')
      }
      const pool = make({ onConnect, max: 1 })
      const seen = record(pool)
      const text = "select current_setting('application_name') as name"
      const client = await pool.connect()
      const { rows } = await client.query(text)
      client.release(true)
      await until(() => seen.length === 4)
      isRefusing = true
      const refused = await failure(pool.connect())
      const after = counts(pool)
      await pool.end()
      return [rows, refused, after, seen]
    },
  },
  {
    does: 'runs what a connect listener asks before the borrower, though nobody waits for it',
    async run(pool) {
      pool.on('connect', (client) => void client.query("set application_name = 'listened'"))
      return (await pool.query("select current_setting('application_name') as name")).rows
    },
  },
  {
    does: 'tells of an idle client that the server ends, and is well afterwards',
    config: { max: 2 },
    async run(pool) {
      const seen = record(pool)
      const a = await pool.connect()
      const b = await pool.connect()
      const { rows } = await b.query('select pg_backend_pid() as pid')
      b.release()
      await a.query('select pg_terminate_backend($1)', [rows[0].pid])
      await until(() => seen.some((event) => (event as unknown[])[0] === 'remove'))
      const after = counts(pool)
      a.release()
      return [after, seen.slice(4), (await pool.query('select 1 as n')).rows]
    },
  },
  {
    does: 'fails the query of a client that the server ends, and closes the client',
    config: { max: 2 },
    async run(pool) {
      const a = await pool.connect()
      const sleeping = failure(pool.query('select pg_sleep(10) /* to be ended */'))
      const end =
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%to be ended%' and pid <> pg_backend_pid() and wait_event = 'PgSleep'"
      while ((await a.query(end)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 10))
      const failed = await sleeping
      a.release()
      await until(() => pool.totalCount === 1)
      return [failed, counts(pool)]
    },
  },
  {
    does: 'gives up a query after query_timeout, and closes its client',
    config: { query_timeout: 60 },
    async run(pool) {
      const failed = await failure(pool.query('select pg_sleep(5)'))
      await until(() => pool.totalCount === 0)
      return [failed, counts(pool)]
    },
  },
  {
    does: 'ends: idle clients close, and who comes later is told',
    async run(_, make) {
      const pool = make({})
      const seen = record(pool)
      await pool.query('select 1')
      const ended = pool.end()
      const during = [pool.ending, await failure(pool.connect()), await failure(pool.query('select 1'))]
      const again = await failure(pool.end())
      const [byCallback] = await called((done) => pool.connect(done))
      await ended
      await until(() => seen.length === 4)
      return [during, again, (byCallback as Error).message, pool.ended, counts(pool), seen]
    },
  },
  {
    does: 'ends with a callback, and tells it of a second end',
    async run(_, make) {
      const pool = make({})
      const first = await called((done) => pool.end(done))
      const [second] = await called((done) => pool.end(done))
      return [first.filter((value) => value !== undefined), pool.ended, (second as Error).message]
    },
  },
  {
    does: 'waits in end for a borrowed client',
    async run(_, make) {
      const pool = make({})
      const client = await pool.connect()
      let isEnded = false
      const ended = pool.end().then(() => {
        isEnded = true
      })
      const { rows } = await client.query('select 1 as n')
      const before = isEnded
      client.release()
      await ended
      return [rows, before, isEnded, pool.ended, counts(pool)]
    },
  },
  {
    does: 'ends after those have been served whose clients were connecting',
    async run(_, make) {
      const pool = make({})
      const asked = [pool.query('select 1 as n'), pool.query('select 2 as n')]
      await pool.end()
      return (await Promise.all(asked)).map(({ rows }) => rows)
    },
  },
  {
    does: 'reads a cursor and a query stream on a borrowed client, and lends it again',
    async run(pool) {
      const client = await pool.connect()
      const cursor = client.query(new Cursor('select n from generate_series(1, 5) n'))
      const read = [await cursor.read(2), await cursor.read(10)]
      await cursor.close()
      const streamed: unknown[] = []
      for await (const row of client.query(new QueryStream('select n from generate_series(1, 3) n'))) streamed.push(row)
      client.release()
      return [read, streamed, (await pool.query('select 1 as n')).rows, counts(pool)]
    },
  },
  {
    does: 'runs a query stream by itself, and resolves when it has been read',
    async run(pool) {
      const stream = new QueryStream('select n from generate_series(1, 3) n')
      const answered = pool.query(stream as never) as unknown as Promise<pg.QueryResult>
      const streamed: unknown[] = []
      for await (const row of stream) streamed.push(row)
      const { command } = await answered
      return [streamed, command, counts(pool)]
    },
  },
  {
    does: 'runs a Query object by itself',
    async run(pool) {
      const { rows } = (await pool.query(new pg.Query('select 7 as n') as never)) as unknown as pg.QueryResult
      return [rows, counts(pool)]
    },
  },
  {
    does: 'keeps the statements that a client has prepared',
    config: { max: 1 },
    async run(pool) {
      const ask = () => pool.query({ name: 'square', text: 'select $1::int * $1::int as n', values: [4] })
      const rows = [(await ask()).rows, (await ask()).rows]
      const { rows: prepared } = await pool.query(
        'select name, calls from (select name, generic_plans + custom_plans as calls from pg_prepared_statements) p',
      )
      return [rows, prepared]
    },
  },
  {
    does: 'uses the Promise it is given',
    async run(_, make) {
      class Own<T> extends Promise<T> {}
      const pool = make({ Promise: Own as unknown as PromiseConstructor })
      const promises = [pool.query('select 1'), pool.connect(), pool.end()]
      const own = promises.map((promise) => promise instanceof Own)
      const client = (await promises[1]) as pg.PoolClient
      client.release()
      await Promise.all(promises)
      return own
    },
  },
  {
    does: 'logs what becomes of its clients',
    async run(_, make) {
      const logged = new Set<unknown>()
      const pool = make({ log: (message) => logged.add(message), idleTimeoutMillis: 30 })
      await pool.query('select 1')
      await until(() => pool.totalCount === 0)
      await pool.end()
      const told = ['connecting new client', 'new client connected', 'dispatching query', 'query dispatched']
      return [...told, 'remove idle client', 'ending'].filter((message) => logged.has(message))
    },
  },
  {
    does: 'is an instance of pg.Pool',
    run: async (pool) => [pool instanceof pg.Pool, typeof pool.on, pool.listenerCount('error')],
  },
]
