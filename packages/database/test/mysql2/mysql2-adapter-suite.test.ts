import { adapterSuite, chaosProxy, type ServerTruth, type ToxicHandle } from '@millpond/testing'
import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { mysql2Adapter } from '../../src/mysql2/mysql2-adapter.js'
import { type ConnectionConfig, readConfig } from '../../src/mysql2/mysql2-internals.js'
import { copyConfig } from '../../src/mysql2/mysql2-options.js'
import { PooledConnection } from '../../src/mysql2/pooled-connection.js'
import { QueryKiller } from '../../src/mysql2/query-killer.js'
import { MariadbServer } from './mariadb-server.js'

let server: MariadbServer
let admin: Connection
let setups = 0

const configOf = (options: object): ConnectionConfig => readConfig(options).connectionConfig

/** A server of its own for each test, as far as the adapter can see: a proxy, and a user for its sessions. */
async function setup() {
  const user = `suite_${++setups}`
  await admin.query(`create user ${user} identified by 'suite'`)
  const proxy = await chaosProxy({ target: { port: server.port } })
  let cuts: ToxicHandle[] = []
  const remove = async () => {
    for (const cut of cuts.splice(0)) await cut.remove()
  }
  const count = async (what: string, value: unknown) => {
    const sql = `select id from information_schema.processlist where ${what} = ?`
    return (await admin.query<RowDataPacket[]>(sql, [value]))[0].length
  }
  const truth: ServerTruth<PooledConnection> = {
    openCount: () => count('user', user),
    isOpen: async ({ threadId }) => (await count('id', threadId)) === 1,
    kill: async ({ threadId }) => void (await admin.query(`kill ${threadId}`).catch(() => {})),
    refuse: async (on) => void (await admin.query(`alter user ${user} account ${on ? 'lock' : 'unlock'}`)),
    async blackhole(on) {
      if (on)
        cuts = (['upstream', 'downstream'] as const).map((stream) => proxy.add({ type: 'timeout', stream, timeout: 0 }))
      else await remove()
    },
    stop() {
      cuts = [proxy.add({ type: 'down' })]
    },
    start: remove,
  }
  const { config } = server
  const login = configOf({ host: config.host, port: proxy.port, user, password: 'suite' })
  const owner = {
    giveBack() {},
    destroy: (connection: PooledConnection) => connection.endNow(),
    killQuery: () => Promise.resolve(false),
  }
  const killer = new QueryKiller(configOf(config), 'suite', 200)
  const adapter = mysql2Adapter({
    reset: 'reset-connection',
    login,
    newConnection: () => new PooledConnection({}, owner, copyConfig(login)),
    connected() {},
    kill: (connection) => killer.kill('CONNECTION', connection),
  })
  const teardown = async () => {
    await killer.close()
    await proxy.close()
    await admin.query(`drop user ${user}`)
  }
  return { adapter, server: truth, teardown }
}

const ask = (connection: PooledConnection, sql: string) =>
  new Promise<RowDataPacket[]>((resolve, reject) => {
    connection.query<RowDataPacket[]>(sql, (error, rows) => (error ? reject(error) : resolve(rows)))
  })

describeWith('mariadbd', 'the adapter for mysql2', () => {
  beforeAll(async () => {
    server = await MariadbServer.start({ 'max-connections': 300 })
    admin = await mysql.createConnection({ host: server.config.host, port: server.port, user: 'root' })
  }, 60_000)
  afterAll(async () => {
    await admin?.end()
    await server?.stop()
  })

  adapterSuite(
    { describe, it },
    {
      name: 'mysql2',
      runs: 25,
      seed: 1,
      setup,
      dirty: (connection) => ask(connection, 'set @dirty = 1'),
      isClean: async (connection) => (await ask(connection, 'select @dirty as dirty'))[0]?.dirty === null,
      use: (connection) => ask(connection, 'select 1'),
    },
  )
})
