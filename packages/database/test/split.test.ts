import type { EventEmitter } from 'node:events'
import { inspect } from 'node:util'
import { balance, failover } from '@millpond/core'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { presets } from '../src/index.js'
import { PgNoHostError, Pool, type PoolConfig, type TargetSessionAttrs } from '../src/pg.js'
import { PostgresServer } from './postgres/postgres-server.js'
import { until } from './until.js'

/** ms: a second, and the longest backoff with its jitter. */
const RECOVERY = 1_000 + 1_200

const servers: PostgresServer[] = []
const pools: Pool[] = []

/** A primary and its streaming replicas. */
async function cluster(replicas: number): Promise<[PostgresServer, ...PostgresServer[]]> {
  const primary = await PostgresServer.start()
  servers.push(primary)
  await primary.run('create table written (id int primary key)')
  const standbys: PostgresServer[] = []
  for (let n = 0; n < replicas; n++) {
    const standby = await primary.standby({ wal_retrieve_retry_interval: '200ms' })
    standbys.push(standby)
    servers.push(standby)
  }
  return [primary, ...standbys]
}

afterAll(() => Promise.all(servers.map((server) => server.stop())))
afterEach(async () => {
  for (const pool of pools.splice(0)) if (!pool.ending) await pool.end({ timeout: 1_000 })
})

/** A pool over these hosts, in this order. */
function over(hosts: readonly PostgresServer[], config: PoolConfig = {}): Pool {
  const { user, password, database } = (hosts[0] as PostgresServer).config
  const pool = new Pool({
    ...{ user, password, database, application_name: 'split', max: 4 },
    hosts: hosts.map(({ port }) => ({ host: '127.0.0.1', port })),
    ...config,
  })
  pools.push(pool)
  return pool
}

async function portOf(pool: Pool): Promise<number> {
  return (await pool.query<{ port: number }>('select inet_server_port() as port')).rows[0]?.port ?? 0
}

const replicated = (server: PostgresServer, id: number) =>
  until(async () => (await server.run('select 1 from written where id = $1', [id])).length === 1)

describe('a pool for pg over several hosts', { timeout: 60_000 }, () => {
  let primary: PostgresServer
  let standby: PostgresServer
  beforeAll(async () => {
    ;[primary, standby] = (await cluster(1)) as [PostgresServer, PostgresServer]
  }, 60_000)

  it.each<[TargetSessionAttrs, 'primary' | 'standby']>([
    ['any', 'standby'],
    ['read-write', 'primary'],
    ['read-only', 'standby'],
    ['primary', 'primary'],
    ['standby', 'standby'],
    ['prefer-standby', 'standby'],
  ])('finds the host whose session is %s', async (targetSessionAttrs, which) => {
    const expected = which === 'primary' ? primary.port : standby.port
    expect(await portOf(over([standby, primary], { targetSessionAttrs }))).toBe(expected)
    if (targetSessionAttrs === 'any') return
    expect(await portOf(over([primary, standby], { targetSessionAttrs }))).toBe(expected)
  })

  it('prefers a standby, and takes the primary where there is none', async () => {
    expect(await portOf(over([primary], { targetSessionAttrs: 'prefer-standby' }))).toBe(primary.port)
  })

  it('takes a server for read-only whose transactions are so by default, though it is a primary', async () => {
    const quiet = over([primary], { options: '-c default_transaction_read_only=on', targetSessionAttrs: 'read-only' })
    expect(await portOf(quiet)).toBe(primary.port)
    const loud = over([primary], { options: '-c default_transaction_read_only=on', targetSessionAttrs: 'read-write' })
    await expect(loud.query('select 1')).rejects.toThrow('it is read-only')
  })

  it('takes several hosts, and what they must be, from a connection string as libpq has it', async () => {
    const { user, password, database } = primary.config
    const hosts = `127.0.0.1:${standby.port},127.0.0.1:${primary.port}`
    const connectionString = `postgres://${user}:${password}@${hosts}/${database}?target_session_attrs=read-write`
    const pool = new Pool({ connectionString })
    pools.push(pool)
    expect(await portOf(pool)).toBe(primary.port)
  })

  it('takes several hosts from host and port, separated by commas', async () => {
    const { user, password, database } = primary.config
    const lists = { host: '127.0.0.1,127.0.0.1', port: `${standby.port},${primary.port}` as unknown as number }
    const pool = new Pool({ user, password, database, ...lists, targetSessionAttrs: 'primary' })
    pools.push(pool)
    expect(await portOf(pool)).toBe(primary.port)
  })

  it('says of each host why it would not do, and nothing secret', async () => {
    const pool = over([standby], {
      hosts: [1, standby.port].map((port) => ({ host: '127.0.0.1', port })),
      targetSessionAttrs: 'read-write',
    })
    const error = await pool.query('select 1').catch((error: unknown) => error)
    expect(error).toBeInstanceOf(PgNoHostError)
    expect(String(error)).toContain(
      `127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1; 127.0.0.1:${standby.port}: it is read-only`,
    )
    expect(error).toMatchObject({
      code: 'ERR_PG_NO_HOST',
      target: 'read-write',
      errors: [{ code: 'ECONNREFUSED' }, {}],
    })
    expect(String(error)).not.toContain(primary.config.password)
    await until(async () => (await standby.sessions('split')) === 0)
  })

  it('takes no part of a password for a host', async () => {
    const connectionString = 'postgres://localhost:1/2@db/x?target_session_attrs=primary'
    const pool = new Pool({ connectionString })
    pools.push(pool)
    await expect(pool.query('select 1')).rejects.toMatchObject({ failures: [{ host: 'host 1' }] })
  })

  it('asks no further host when one refuses the login', async () => {
    const pool = over([standby, primary], { password: 'wrong', targetSessionAttrs: 'primary' })
    await expect(pool.query('select 1')).rejects.toMatchObject({ failures: [{ error: { code: '28P01' } }] })
  })

  it.each(['any', 'prefer-standby'] as const)('goes on to the next when a host does not answer: %s', async (target) => {
    standby.freeze()
    try {
      const pool = over([standby, primary], { connectionTimeoutMillis: 2_000, targetSessionAttrs: target })
      expect(await portOf(pool)).toBe(primary.port)
    } finally {
      standby.thaw()
    }
  })

  it('cancels a query on the host that runs it', async () => {
    const pool = over([standby, primary], { targetSessionAttrs: 'primary' })
    await portOf(pool)
    await expect(pool.query({ text: 'select pg_sleep(600)', timeout: 200 })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    const running = "select 1 from pg_stat_activity where query like 'select pg_sleep(600)%' and state = 'active'"
    await until(async () => (await primary.run(running)).length === 0)
  })

  it('asks servers that do not say what their sessions are, as those before PostgreSQL 14', async () => {
    const asked: unknown[] = []
    class OldServersClient extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super(config)
        const { connection } = this as unknown as { connection: EventEmitter }
        const { emit } = connection
        connection.emit = (name, ...about) => name !== 'parameterStatus' && emit.call(connection, name, ...about)
      }
      override query(...given: never[]) {
        asked.push(given[0])
        return (super.query as (...given: never[]) => never)(...given)
      }
    }
    for (const [targetSessionAttrs, { port }] of [
      ['read-write', primary],
      ['primary', primary],
      ['read-only', standby],
      ['standby', standby],
    ] as const) {
      for (const hosts of [
        [primary, standby],
        [standby, primary],
      ]) {
        expect(await portOf(over(hosts, { targetSessionAttrs, Client: OldServersClient as never }))).toBe(port)
      }
    }
    expect(asked).toContain('SHOW transaction_read_only')
  })

  it('hides the connection string from what its clients are given, as its own', async () => {
    const { user, password, database } = primary.config
    const given: object[] = []
    class CuriousClient extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super(config)
        given.push(config as object)
      }
    }
    const hosts = `127.0.0.1:1,127.0.0.1:${primary.port}`
    const connectionString = `postgres://${user}:${password}@${hosts}/${database}`
    const pool = new Pool({ connectionString, Client: CuriousClient as never })
    pools.push(pool)
    expect(await portOf(pool)).toBe(primary.port)
    expect(given.length).toBe(2)
    expect(inspect([pool, given], { depth: 9 })).not.toContain(password)
  })

  it('spreads its clients over the hosts in random order', async () => {
    const draws = [0.9, 0.1, 0.9, 0.1]
    const random = () => draws.shift() ?? 0.5
    const pool = over([standby, primary], { loadBalanceHosts: 'random', pool: { random } })
    const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()))
    const ports = new Set(clients.map(({ port }) => port))
    for (const client of clients) client.release()
    expect(ports).toEqual(new Set([standby.port, primary.port]))
  })

  it.each<[PoolConfig, string]>([
    [{ targetSessionAttrs: 'master' as never }, "Invalid option targetSessionAttrs: 'master'"],
    [
      { connectionString: 'postgres://a,b/x?target_session_attrs=master' },
      "Invalid option targetSessionAttrs: 'master'",
    ],
    [{ loadBalanceHosts: 'always' as never }, "Invalid option loadBalanceHosts: 'always'"],
    [{ hosts: [] }, 'Invalid option hosts: []'],
    [{ hosts: [{ port: 1 } as never] }, 'Invalid option hosts[0].host: undefined'],
    [{ host: 'a,b,c', port: '1,2' as never }, "Invalid option port: '1,2'"],
    [{ hosts: [{ host: 'a' }], connectionString: 'postgres://b/x' }, 'Invalid option hosts'],
  ])('refuses %j', (config, message) => {
    expect(() => new Pool(config)).toThrow(message)
  })
})

describe('a primary and its replicas', { timeout: 90_000 }, () => {
  it('serve writes and reads through failover and balance, and a promoted standby is found', async () => {
    const [primary, first, second] = (await cluster(2)) as [PostgresServer, PostgresServer, PostgresServer]
    const all = [primary, first, second]
    const patient = { connectionTimeoutMillis: 10_000, pool: presets.database }
    const writes = over(all, { ...patient, targetSessionAttrs: 'read-write' })
    const replicas = [first, second].map((host) => over([host], { targetSessionAttrs: 'standby' }))
    const reads = failover([balance(replicas.map(({ inner }) => inner)), writes.inner])
    const askedPort = (client: pg.PoolClient) => client.query<{ port: number }>('select inet_server_port() as port')
    const readPort = () => reads.use(async (client) => (await askedPort(client)).rows[0]?.port)

    await writes.query('insert into written values (1)')
    await Promise.all([replicated(first, 1), replicated(second, 1)])
    const spread = await Promise.all(Array.from({ length: 40 }, readPort))
    expect(new Set(spread)).toEqual(new Set([first.port, second.port]))

    await primary.kill()
    await until(() => writes.totalCount === 0)
    // Nobody takes writes: callers are told why by their deadline, and reads go on.
    const told = await writes
      .query({ text: 'insert into written values (2)', timeout: 400 })
      .catch((error: Error) => error)
    expect(told).toMatchObject({ cause: { name: 'TimeoutError', cause: { code: 'ERR_PG_NO_HOST' } } })
    expect(await readPort()).not.toBe(primary.port)

    const waiting = writes.query('insert into written values (3)')
    expect(replicas[0]?.totalCount).toBeGreaterThan(0)
    await first.promote()
    const promotedAt = performance.now()
    await waiting
    expect(performance.now() - promotedAt).toBeLessThan(RECOVERY)
    expect(await portOf(writes)).toBe(first.port)
    expect(await first.run('select id from written order by id')).toEqual([{ id: 1 }, { id: 3 }])

    // Its sessions are no standby's any more, though they have not been interrupted.
    await until(async () => (await readPort()) === second.port && replicas[0]?.totalCount === 0)
    const after = await Promise.all(Array.from({ length: 20 }, readPort))
    expect(new Set(after)).toEqual(new Set([second.port]))

    await second.kill()
    await until(() => replicas[1]?.totalCount === 0)
    expect(await readPort()).toBe(first.port)
    await Promise.all([writes, ...replicas].map((pool) => pool.end()))
    await until(async () => (await first.sessions('split')) === 0)
  })

  it('recover when the primary is back', async () => {
    const [primary, standby] = (await cluster(1)) as [PostgresServer, PostgresServer]
    const patient = { connectionTimeoutMillis: 10_000, pool: presets.database }
    const writes = over([primary, standby], { ...patient, targetSessionAttrs: 'read-write' })
    await writes.query('insert into written values (1)')
    await primary.kill()
    await until(() => writes.totalCount === 0)
    const waiting = writes.query('insert into written values (2)')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await primary.start()
    const startedAt = performance.now()
    await waiting
    expect(performance.now() - startedAt).toBeLessThan(RECOVERY)
    await replicated(standby, 2)
    await writes.end()
    await until(async () => (await primary.sessions('split')) + (await standby.sessions('split')) === 0)
  })
})
