import { adapterSuite, chaosProxy, type ServerTruth } from '@millpond/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { Postgres } from '../postgres.js'
import { pgAdapter } from './pg-adapter.js'

let postgres: Postgres
let admin: pg.Client
beforeAll(async () => {
  postgres = await Postgres.start()
  admin = new pg.Client(postgres.url)
  await admin.connect()
}, 60_000)
afterAll(async () => {
  await admin.end()
  await postgres[Symbol.asyncDispose]()
})

const pidOf = (client: pg.Client) => (client as unknown as { processID: number }).processID

let tests = 0

/** Every test has a name for its sessions, and a line of its own to the server, which can fall silent and break. */
async function setup() {
  const name = `suite-${++tests}`
  const proxy = await chaosProxy({ target: { port: Number(new URL(postgres.url).port) } })
  const count = async (condition: string, value: unknown) => {
    const { rows } = await admin.query(`select count(*)::int as n from pg_stat_activity where ${condition} = $1`, [
      value,
    ])
    return rows[0].n as number
  }
  const server: ServerTruth<pg.Client> = {
    openCount: () => count('application_name', name),
    isOpen: async (client) => (await count('pid', pidOf(client))) === 1,
    kill: async (client) => void (await admin.query('select pg_terminate_backend($1)', [pidOf(client)])),
    blackhole: async (on) => {
      await proxy.reset()
      if (!on) return
      proxy.add({ type: 'timeout', stream: 'upstream', timeout: 0 })
      proxy.add({ type: 'timeout', stream: 'downstream', timeout: 0 })
    },
    stop: () => void proxy.add({ type: 'down' }),
    start: () => proxy.reset(),
  }
  const url = new URL(postgres.url)
  url.port = String(proxy.port)
  url.searchParams.set('application_name', name)
  return { adapter: pgAdapter(url.href), server, teardown: () => proxy.close() }
}

adapterSuite(
  { describe, it },
  {
    name: 'the wrapped client of pg',
    setup,
    runs: 50,
    dirty: (client) => client.query("set search_path = 'another'"),
    isClean: async (client) => (await client.query('show search_path')).rows[0].search_path === '"$user", public',
  },
)
