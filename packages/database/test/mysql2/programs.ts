import { once } from 'node:events'
import net from 'node:net'
import type callback from 'mysql2'
import type { Pool as TheirPool } from 'mysql2/promise'
import type { PoolOptions } from '../../src/mysql2.js'
import { until } from '../until.js'

/** mysql2's pool or ours: programs cannot tell. */
export type AnyPool = TheirPool

export interface Program {
  readonly does: string
  readonly options?: PoolOptions
  /** What can be seen of it. */
  readonly run: (pool: AnyPool, make: (options: PoolOptions | string) => AnyPool) => Promise<unknown>
}

/** What is told of an error: its text, and what code looks at. The pool's own have mysqljs's codes here. */
async function failure(failing: Promise<unknown> | (() => unknown)): Promise<unknown> {
  try {
    await (typeof failing === 'function' ? failing() : failing)
    return 'no error'
  } catch (error) {
    const { name, message, code, errno, sqlState, fatal, sql } = error as callback.QueryError & { sql?: string }
    return { name, message, code: code?.startsWith('POOL_') ? undefined : code, errno, sqlState, fatal, sql }
  }
}

/** Resolves with the arguments of a callback. */
const called = (run: (done: (...args: unknown[]) => void) => unknown) =>
  new Promise<unknown[]>((resolve) => run((...args) => resolve(args)))

const rowsOf = async (answer: Promise<[unknown, unknown]>) => (await answer)[0]

const idOf = async (pool: AnyPool) =>
  ((await rowsOf(pool.query('select connection_id() as id'))) as { id: number }[])[0]?.id

/** The events of a pool as they come, with the connection that each is about. */
function record(pool: AnyPool): unknown[] {
  const seen: unknown[] = []
  const connections: unknown[] = []
  const name = (connection: unknown) => {
    if (!connections.includes(connection)) connections.push(connection)
    return `connection ${connections.indexOf(connection) + 1}`
  }
  for (const event of ['connection', 'acquire', 'release'] as const) {
    pool.on(event as 'release', (connection: unknown) => seen.push([event, name(connection)]))
  }
  pool.on('enqueue', () => seen.push(['enqueue']))
  return seen
}

/** Takes connections and never says a word. */
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
    does: 'answers a query by text, with values, by options and with named placeholders',
    run: async (pool) => [
      await rowsOf(pool.query('select 1 as n')),
      await rowsOf(pool.query('select ? as t, ? as n', ['x', null])),
      await rowsOf(pool.query({ sql: 'select ? as n', values: [3] })),
      await rowsOf(pool.query({ sql: 'select ? as n' }, [4])),
      await rowsOf(pool.query({ sql: 'select 1 as a, 2 as a', rowsAsArray: true })),
      await rowsOf(pool.query({ sql: 'select :n as n', namedPlaceholders: true, values: { n: 5 } })),
      await rowsOf(pool.query({ sql: 'select t.n from (select 1 as n) t', nestTables: '_' })),
      ((await pool.query('select 1 as n'))[1] ?? []).map(({ name }) => name),
    ],
  },
  {
    does: 'answers a prepared statement by text, with values and by options',
    run: async (pool) => [
      await rowsOf(pool.execute('select 1 as n')),
      await rowsOf(pool.execute('select ? as t', ['x'])),
      await rowsOf(pool.execute({ sql: 'select concat(?) as t', values: ['y'] })),
      await rowsOf(pool.execute({ sql: 'select concat(?) as t' }, ['z'])),
      ((await pool.execute('select 1 as n'))[1] ?? []).map(({ name }) => name),
    ],
  },
  {
    does: 'passes the options of a connection on',
    options: { multipleStatements: true, namedPlaceholders: true, dateStrings: true, rowsAsArray: true, timezone: 'Z' },
    run: async (pool) => [
      await rowsOf(pool.query('select 1; select 2')),
      await rowsOf(pool.query('select :n', { n: 3 })),
      await rowsOf(pool.execute('select concat(:n)', { n: 'x' })),
      await rowsOf(pool.query("select cast('2026-02-03' as date)")),
      await rowsOf(pool.query('select ?', [new Date(0)])),
    ],
  },
  {
    does: 'takes a uri, with options in its query',
    async run(pool, make) {
      const of = configOf(pool)
      const uri = `mysql://${of.user}:${of.password}@${of.host}:${of.port}/${of.database}?connectionLimit=1&dateStrings=true`
      const byText = make(uri)
      const byOption = make({ uri })
      const sql = "select cast('2026-02-03' as date) as day, database() as name"
      const limits = [byText, byOption].map(({ pool: { config } }) => config.connectionLimit)
      return [limits, await rowsOf(byText.query(sql)), await rowsOf(byOption.query(sql))]
    },
  },
  {
    does: 'has its defaults on its config',
    async run({ pool: { config } }) {
      const { connectionLimit, maxIdle, idleTimeout, queueLimit, waitForConnections } = config
      return [connectionLimit, maxIdle, idleTimeout, queueLimit, waitForConnections]
    },
  },
  {
    does: 'answers a query through a callback, and returns the query',
    async run({ pool }) {
      const returned: unknown[] = []
      const byText = await called((done) => returned.push(pool.query('select 1 as n', done)))
      const byValues = await called((done) => returned.push(pool.query('select ? as n', [2], done)))
      const byOptions = await called((done) => returned.push(pool.query({ sql: 'select 3 as n' }, done)))
      const executed = await called((done) => pool.execute('select concat(?) as t', ['x'], done))
      const rows = [byText, byValues, byOptions, executed].map(([error, result]) => [error, result])
      return [rows, returned.map((query) => (query as { sql: string }).sql)]
    },
  },
  {
    does: 'tells a callback what the server refuses',
    async run({ pool }) {
      const [queried, rows] = await called((done) => pool.query('select nonsense', done))
      const [executed] = await called((done) => pool.execute('select nonsense', done))
      return [await failure(Promise.reject(queried)), rows, await failure(Promise.reject(executed))]
    },
  },
  {
    does: 'emits what a query without a callback brings',
    async run({ pool }) {
      const seen: unknown[] = []
      const query = pool.query('select 1 as n union select 2')
      query.on('fields', () => seen.push('fields')).on('result', (row) => seen.push(row))
      await once(query, 'end')
      const refused = pool.query('select nonsense')
      const [error] = await once(refused, 'error')
      return [seen, (error as { code: string }).code]
    },
  },
  {
    does: 'streams rows, and lends the connection again when they have been read or given up',
    options: { connectionLimit: 1 },
    async run(pool) {
      const rows: unknown[] = []
      const sql = 'select seq as n from seq_1_to_300'
      for await (const row of pool.pool.query(sql).stream({ highWaterMark: 5 })) rows.push(row)
      let few = 0
      for await (const _ of pool.pool.query(sql).stream({ highWaterMark: 5 })) if (++few === 3) break
      return [rows.length, rows[299], few, await rowsOf(pool.query('select 1 as n'))]
    },
  },
  {
    does: 'refuses callbacks where it gives promises',
    run: async (pool) => [
      await failure(() => pool.query('select 1', (() => {}) as never)),
      await failure(() => pool.execute('select 1', (() => {}) as never)),
    ],
  },
  {
    does: 'rejects what the server refuses, and keeps the connection',
    options: { connectionLimit: 1 },
    async run(pool) {
      const before = await idOf(pool)
      const queried = await failure(pool.query('select nonsense'))
      const executed = await failure(pool.execute('select nonsense'))
      return [queried, executed, (await idOf(pool)) === before]
    },
  },
  {
    does: 'rejects bind parameters that are none, and is well afterwards',
    options: { connectionLimit: 1 },
    async run(pool) {
      const refused = [
        await failure(pool.execute('select ?', [undefined as never])),
        await failure(pool.execute('select ?', [(() => {}) as never])),
        await failure(pool.execute('select ?', { a: 1 })),
      ]
      return [refused, await rowsOf(pool.query('select 1 as n')), await rowsOf(pool.execute('select 2 as n'))]
    },
  },
  {
    does: 'rejects values whose conversion throws, and is well afterwards',
    options: { connectionLimit: 1 },
    async run(pool) {
      const bad = {
        toSqlString() {
          throw new Error('no value')
        },
      }
      const refused = await failure(pool.query('select ?', [bad]))
      return [refused, await rowsOf(pool.query('select 1 as n'))]
    },
  },
  {
    does: 'gives an error a stack that leads to the caller',
    async run(pool) {
      async function theCaller(isPrepared: boolean) {
        if (isPrepared) await pool.execute('select nonsense')
        else await pool.query('select nonsense')
      }
      const errors = [await theCaller(false).catch((error) => error), await theCaller(true).catch((error) => error)]
      return errors.map((error) => String((error as Error).stack).includes('theCaller'))
    },
  },
  {
    does: 'lends a connection by promise and by callback, and takes it back',
    options: { connectionLimit: 1 },
    async run(pool) {
      const connection = await pool.getConnection()
      const rows = await rowsOf(connection.query('select 1 as n'))
      connection.release()
      connection.release()
      const [error, lent] = (await called((done) => pool.pool.getConnection(done))) as [
        unknown,
        callback.PoolConnection,
      ]
      const isSame = lent === (connection as unknown as { connection: unknown }).connection
      const [queryError, answer] = await called((done) => lent.query('select 2 as n', done))
      pool.pool.releaseConnection(lent)
      const third = await pool.getConnection()
      pool.releaseConnection(third)
      return [rows, error, isSame, queryError, answer, await rowsOf(pool.query('select 3 as n'))]
    },
  },
  {
    does: 'lends the last used first',
    async run(pool) {
      const [a, b] = await Promise.all([pool.getConnection(), pool.getConnection()])
      a.release()
      b.release()
      const c = await pool.getConnection()
      const isLast = c.threadId === b.threadId
      c.release()
      return isLast
    },
  },
  {
    does: 'takes a connection back at the end of a block',
    options: { connectionLimit: 1 },
    async run(pool) {
      {
        await using connection = await pool.getConnection()
        await connection.query('select 1')
      }
      return rowsOf(pool.query('select 2 as n'))
    },
  },
  {
    does: 'takes a connection back in the end event of its query',
    options: { connectionLimit: 1 },
    async run({ pool }) {
      const [, connection] = (await called((done) => pool.getConnection(done))) as [unknown, callback.PoolConnection]
      connection.query('select 1', () => {}).once('end', () => connection.release())
      const [, rows] = await called((done) => pool.query('select 2 as n', done))
      return rows
    },
  },
  {
    does: 'opens one for each caller up to connectionLimit, and serves the others in turn',
    options: { connectionLimit: 2 },
    async run(pool) {
      const order: number[] = []
      const first = [pool.getConnection(), pool.getConnection()]
      const later = [1, 2, 3].map(async (n) => {
        const connection = await pool.getConnection()
        order.push(n)
        connection.release()
      })
      const ids = new Set<number>()
      for (const connection of await Promise.all(first)) {
        ids.add(connection.threadId)
        connection.release()
      }
      await Promise.all(later)
      return [ids.size, order]
    },
  },
  {
    does: 'refuses who would have to wait without waitForConnections',
    options: { connectionLimit: 1, waitForConnections: false },
    async run(pool) {
      const asked = [pool.getConnection(), pool.getConnection(), pool.query('select 1')].map((answer) =>
        failure(answer as Promise<unknown>),
      )
      const refused = await Promise.all(asked.slice(1))
      const [byCallback] = await called((done) => pool.pool.getConnection(done))
      return [refused, await failure(Promise.reject(byCallback))]
    },
  },
  {
    does: 'refuses who would wait behind queueLimit others',
    options: { connectionLimit: 1, queueLimit: 1 },
    async run(pool) {
      const connection = await pool.getConnection()
      const waiting = pool.query('select 2 as n')
      const refused = [await failure(pool.query('select 3')), await failure(pool.getConnection())]
      connection.release()
      return [refused, await rowsOf(waiting)]
    },
  },
  {
    does: 'tells of a new connection, of its acquire and of its release',
    options: { connectionLimit: 2 },
    async run(pool) {
      const seen = record(pool)
      await pool.query('select 1')
      const connection = await pool.getConnection()
      connection.release()
      const { pool: core } = pool
      const seenBelow: string[] = []
      core.on('acquire', () => seenBelow.push('acquire'))
      await pool.execute('select 1')
      return [seen, seenBelow]
    },
  },
  {
    does: 'tells of those who have to wait',
    options: { connectionLimit: 1 },
    async run(pool) {
      let waiting = 0
      pool.on('enqueue', () => waiting++)
      const connection = await pool.getConnection()
      const asked = [pool.query('select 1'), pool.getConnection()] as const
      const sofar = waiting
      connection.release()
      await asked[0]
      ;(await asked[1]).release()
      await pool.query('select 1')
      return [sofar, waiting]
    },
  },
  {
    does: 'runs what a connection listener asks before the borrower',
    async run(pool) {
      pool.on('connection', (connection) => {
        ;(connection as unknown as callback.PoolConnection).query('set @greeting = ?', ['hello'])
      })
      const connection = await pool.getConnection()
      const rows = await rowsOf(connection.query('select @greeting as greeting'))
      connection.release()
      return rows
    },
  },
  {
    does: 'closes what nobody uses beyond maxIdle',
    options: { connectionLimit: 3, maxIdle: 1 },
    async run(pool) {
      const connections = await Promise.all([pool.getConnection(), pool.getConnection(), pool.getConnection()])
      const ids = connections.map(({ threadId }) => threadId)
      for (const connection of connections) connection.release()
      const left = async () => {
        const rows = await rowsOf(pool.query('select id from information_schema.processlist where id in (?)', [ids]))
        return (rows as unknown[]).length
      }
      const before = await left()
      await until(async () => (await left()) === 1)
      return before
    },
  },
  {
    does: 'closes what has rested for idleTimeout',
    options: { connectionLimit: 3, maxIdle: 2, idleTimeout: 100 },
    async run(pool, make) {
      const watcher = make({})
      const id = await idOf(pool)
      const isOpen = async () => {
        const rows = await rowsOf(watcher.query('select id from information_schema.processlist where id = ?', [id]))
        return (rows as unknown[]).length === 1
      }
      const before = await isOpen()
      await until(async () => !(await isOpen()))
      return [before, await rowsOf(pool.query('select 1 as n'))]
    },
  },
  {
    does: 'escapes and formats',
    options: { timezone: 'Z' },
    run: async (pool) =>
      [pool, pool.pool].map((any) => [
        any.escape("it's"),
        any.escape(new Date(0)),
        any.escapeId('a.b'),
        any.escapeId(['a', 'b']),
        any.format('select ?, ??', [1, 'id']),
      ]),
  },
  {
    does: 'ends a connection that is destroyed, and opens another',
    options: { connectionLimit: 1 },
    async run(pool) {
      const connection = await pool.getConnection()
      const { threadId } = connection
      connection.destroy()
      connection.release()
      return (await idOf(pool)) === threadId
    },
  },
  {
    does: 'ends a connection gracefully with gracefulEnd',
    options: { connectionLimit: 1, gracefulEnd: true },
    async run(pool) {
      const connection = await pool.getConnection()
      const { threadId } = connection
      await connection.end()
      return (await idOf(pool)) === threadId
    },
  },
  {
    does: 'keeps the statements that a connection has prepared',
    options: { connectionLimit: 1 },
    async run(pool) {
      const ask = () => rowsOf(pool.execute('select concat(?) as t', ['x']))
      const rows = [await ask(), await ask(), await ask()]
      return [rows, await rowsOf(pool.query("show session status like 'Com_stmt_prepare'"))]
    },
  },
  {
    does: 'forgets variables and statements with resetOnRelease',
    options: { connectionLimit: 1, resetOnRelease: true },
    async run(pool) {
      const id = await idOf(pool)
      await pool.query('set @greeting = ?', ['hello'])
      const ask = () => rowsOf(pool.execute('select concat(?, @greeting) as t', ['x']))
      return [await ask(), await ask(), (await idOf(pool)) === id, await rowsOf(pool.query("select '🦆' as duck"))]
    },
  },
  {
    does: 'gives no other connection the login that one of them has changed to',
    options: { connectionLimit: 2 },
    async run(pool) {
      const [a, b] = await Promise.all([pool.getConnection(), pool.getConnection()])
      await a.changeUser({ database: 'information_schema' })
      const changed = await rowsOf(a.query('select database() as name'))
      b.destroy()
      const fresh = await pool.getConnection()
      const rows = await rowsOf(fresh.query('select database() as name'))
      fresh.release()
      a.destroy()
      return [changed, rows]
    },
  },
  {
    does: 'closes a connection whose server has become read-only',
    options: { connectionLimit: 1 },
    async run(pool) {
      const ids: unknown[] = []
      const refused: unknown[] = []
      for (const errno of [1290, 1792, 1836, 1644]) {
        ids.push(await idOf(pool))
        refused.push(await failure(pool.query(`signal sqlstate 'HY000' set mysql_errno = ${errno}`)))
      }
      ids.push(await idOf(pool))
      return [refused, ids.slice(1).map((id, at) => id === ids[at])]
    },
  },
  {
    does: 'gives up a query that is not answered within its timeout',
    async run(pool) {
      const queried = await failure(pool.query({ sql: 'select sleep(1)', timeout: 30 }))
      const executed = await failure(pool.execute({ sql: 'select sleep(1)', timeout: 30 }))
      return [queried, executed, await rowsOf(pool.query({ sql: 'select 1 as n', timeout: 5_000 }))]
    },
  },
  {
    does: 'rejects with the error of the network when nobody listens',
    async run(_, make) {
      const server = await silentServer()
      server.close()
      const pool = make({ host: '127.0.0.1', port: server.port })
      const errors = [await failure(pool.query('select 1')), await failure(pool.execute('select 1'))] as object[]
      const [byCallback, none] = await called((done) => pool.pool.getConnection(done))
      const query = pool.pool.query('select 1')
      const [emitted] = await once(query, 'error')
      const codes = [byCallback, emitted].map((error) => (error as { code: string }).code)
      return [errors.map((error) => JSON.stringify(error).replace(String(server.port), 'port')), codes, none]
    },
  },
  {
    does: 'rejects with the error of the server when it refuses the login',
    run: async (_, make) => [
      await failure(make({ password: 'wrong' }).getConnection()),
      await failure(make({ database: 'nowhere' }).query('select 1')),
    ],
  },
  {
    does: 'rejects whose connection takes longer than connectTimeout to log in',
    async run(_, make) {
      const server = await silentServer()
      const pool = make({ host: '127.0.0.1', port: server.port, connectTimeout: 60 })
      const refused = await failure(pool.getConnection())
      server.close()
      return refused
    },
  },
  {
    does: 'does without an idle connection that the server has ended',
    options: { connectionLimit: 2 },
    async run(pool) {
      const [a, b] = await Promise.all([pool.getConnection(), pool.getConnection()])
      const { threadId } = b
      const ended = once((b as unknown as { connection: callback.PoolConnection }).connection, 'end')
      b.release()
      await a.query(`kill ${threadId}`)
      await ended
      const c = await pool.getConnection()
      const isOther = c.threadId !== threadId
      a.release()
      c.release()
      return isOther
    },
  },
  {
    does: 'fails the query of a connection that the server ends, and is well afterwards',
    options: { connectionLimit: 2 },
    async run(pool) {
      const a = await pool.getConnection()
      const b = await pool.getConnection()
      const sleeping = failure(b.query('select sleep(10)'))
      await a.query(`kill ${b.threadId}`)
      const failed = await sleeping
      a.release()
      b.release()
      return [failed, await rowsOf(pool.query('select 1 as n'))]
    },
  },
  {
    does: 'ends: who waits or comes later is told, and what is borrowed ends as well',
    options: { connectionLimit: 1 },
    async run(pool) {
      const connection = await pool.getConnection()
      const running = rowsOf(connection.query('select 1 as n'))
      const waiting = [failure(pool.getConnection()), failure(pool.query('select 1'))]
      await pool.end()
      const late = [failure(pool.getConnection()), failure(pool.query('select 1')), failure(pool.execute('select 1'))]
      const after = (await failure(connection.query('select 1'))) as { message: string }
      connection.release()
      return [await running, await Promise.all(waiting), await Promise.all(late), after.message]
    },
  },
  {
    does: 'ends with a callback, and when nothing was ever open',
    async run(pool, make) {
      const unused = make({})
      await pool.query('select 1')
      return [await called((done) => pool.pool.end(done)), await called((done) => unused.pool.end(done))]
    },
  },
  {
    does: 'uses the Promise it is given',
    async run(_, make) {
      class Own<T> extends Promise<T> {}
      const pool = make({ Promise: Own })
      const promises = [pool.query('select 1'), pool.execute('select 1'), pool.getConnection()] as const
      const own = promises.map((promise) => promise instanceof Own)
      const connection = await promises[2]
      own.push(connection.query('select 1') instanceof Own)
      connection.release()
      await Promise.all(promises)
      own.push(pool.end() instanceof Own)
      return own
    },
  },
  {
    does: 'is found behind its promises, and gives promises itself',
    async run({ pool }) {
      const again = pool.promise()
      return [again.pool === pool, await rowsOf(again.query('select 1 as n'))]
    },
  },
]

function configOf(pool: AnyPool) {
  return (
    pool.pool.config as unknown as {
      connectionConfig: Record<'user' | 'password' | 'host' | 'database', string> & { port: number }
    }
  ).connectionConfig
}
