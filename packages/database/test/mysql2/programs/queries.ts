import { once } from 'node:events'
import { Readable } from 'node:stream'
import type callback from 'mysql2'
import { called, configOf, failure, idOf, type Program, rowsOf } from './program.js'

/** What a pool is asked. */
export const queries: readonly Program[] = [
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
    does: 'sends a file that the server asks for, and refuses to without a stream of it',
    options: {
      connectionLimit: 1,
      infileStreamFactory: () => Readable.from([Buffer.from('1\n2\n'), Buffer.from('3\n')]),
    },
    async run(pool, make) {
      await pool.query('create temporary table numbers (n int)')
      const sql = "load data local infile 'numbers' into table numbers"
      const [{ affectedRows }] = (await pool.query(sql)) as unknown as [callback.ResultSetHeader]
      const without = make({ connectionLimit: 1 })
      await without.query('create temporary table numbers (n int)')
      const refused = await failure(without.query(sql))
      return [affectedRows, await rowsOf(pool.query('select * from numbers')), refused]
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
    does: 'gives up a query that is not answered within its timeout',
    async run(pool) {
      const queried = await failure(pool.query({ sql: 'select sleep(1)', timeout: 30 }))
      const executed = await failure(pool.execute({ sql: 'select sleep(1)', timeout: 30 }))
      return [queried, executed, await rowsOf(pool.query({ sql: 'select 1 as n', timeout: 5_000 }))]
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
