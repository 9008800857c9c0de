import { adapterSuite, chaosProxy, type ServerTruth, type ToxicHandle } from '@millpond/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { cancelWithin } from '../src/pg/cancel-query.js'
import { type AdapterHost, pgAdapter } from '../src/pg/pg-adapter.js'
import type { KeptOptions } from '../src/pg/pg-options.js'
import { PostgresServer } from './postgres/postgres-server.js'

let server: PostgresServer
let admin: pg.Client
beforeAll(async () => {
  server = await PostgresServer.start({ max_connections: 300 })
  await server.run("create role suite login password 'suite'")
  admin = new pg.Client({ ...server.config, application_name: 'admin' })
  await admin.connect()
}, 60_000)
afterAll(async () => {
  await admin?.end()
  await server?.stop()
})

let setups = 0

/** A server of its own for each test, as far as the adapter can see: a proxy, and a name for its sessions. */
async function setup() {
  const name = `suite-${++setups}`
  const proxy = await chaosProxy({ target: { port: server.port } })
  let cuts: ToxicHandle[] = []
  const remove = async () => {
    for (const cut of cuts.splice(0)) await cut.remove()
  }
  const truth: ServerTruth<pg.PoolClient> = {
    async openCount() {
      const text = 'select count(*)::int as n from pg_stat_activity where application_name = $1'
      return (await admin.query<{ n: number }>(text, [name])).rows[0]?.n ?? -1
    },
    async isOpen(client) {
      const text = 'select 1 from pg_stat_activity where pid = $1'
      return (await admin.query(text, [pidOf(client)])).rowCount === 1
    },
    async kill(client) {
      await admin.query('select pg_terminate_backend($1)', [pidOf(client)])
    },
    async refuse(on) {
      await admin.query(`alter role suite ${on ? 'nologin' : 'login'}`)
    },
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
  const config = { ...server.config, user: 'suite', password: 'suite', port: proxy.port, application_name: name }
  const newClient = () => new pg.Client(config) as pg.PoolClient
  const host: AdapterHost = {
    hosts: [{ name: 'suite', options: config as KeptOptions }],
    target: 'any',
    random: undefined,
    newClient,
    onConnect: undefined,
    reset: 'discard-all',
    allowExitOnIdle: true,
    connected() {},
    failedIdle() {},
    isLeased: () => false,
    isListening: () => false,
    cancel: (client) => cancelWithin(200, client, newClient),
    listens() {},
    ended() {},
  }
  return { adapter: pgAdapter(host), server: truth, teardown: () => proxy.close() }
}

function pidOf(client: pg.PoolClient): number {
  return (client as unknown as { processID: number }).processID
}

adapterSuite(
  { describe, it },
  {
    name: 'pg',
    runs: 25,
    seed: 1,
    setup,
    dirty: (client) => client.query("set work_mem = '77kB'"),
    isClean: async (client) => (await client.query('show work_mem')).rows[0].work_mem !== '77kB',
    use: (client) => client.query('select 1'),
  },
)
