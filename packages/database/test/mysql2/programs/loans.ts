import type callback from 'mysql2'
import { called, failure, idOf, type Program, record, rowsOf } from './program.js'

/** How connections are lent and taken back. */
export const loans: readonly Program[] = [
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
    does: 'forgets the statement that was used least when there are more than maxPreparedStatements',
    options: { connectionLimit: 1, maxPreparedStatements: 1 },
    async run(pool) {
      const rows: unknown[] = []
      for (const n of [1, 2, 1, 2]) rows.push(await rowsOf(pool.execute(`select concat(?) as t${n}`, ['x'])))
      return [rows, await rowsOf(pool.query("show session status like 'Com_stmt_%'"))]
    },
  },
  {
    does: 'speaks the compressed protocol',
    options: { connectionLimit: 1, compress: true },
    async run(pool) {
      const connection = await pool.getConnection()
      await connection.beginTransaction()
      await connection.rollback()
      connection.release()
      return rowsOf(pool.execute("select repeat('x', 2000) as t"))
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
]
