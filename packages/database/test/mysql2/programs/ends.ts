import { once } from 'node:events'
import type callback from 'mysql2'
import { until } from '../../until.js'
import { called, failure, idOf, type Program, rowsOf, silentServer } from './program.js'

/** How connections and pools come to an end, and what fails. */
export const ends: readonly Program[] = [
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
]
