import type { PoolClusterOptions } from 'mysql2'
import callback from 'mysql2'
import promise, { type PoolCluster, type PoolConnection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { freePort } from '../../../testing/test/real-servers/free-port.js'
import { createPoolCluster } from '../../src/mysql2.js'
import { createPoolCluster as createCallbackCluster } from '../../src/mysql2-callback.js'
import { until } from '../until.js'
import { MariadbServer } from './mariadb-server.js'

let server: MariadbServer
let deadPort: number

/** mysql2's cluster or ours, with a function that its types forget. */
type AnyCluster = PoolCluster & { remove(pattern: string): void }

interface Program {
  readonly does: string
  readonly options?: PoolClusterOptions
  readonly run: (cluster: AnyCluster) => Promise<unknown>
}

/** Adds nodes that work. */
function addTo(cluster: AnyCluster, ...names: string[]): void {
  for (const name of names) cluster.add(name, { ...server.config, connectionLimit: 2 })
}

/** Adds one that refuses connections. */
const addDead = (cluster: AnyCluster, name: string) => cluster.add(name, { ...server.config, port: deadPort })

/** The name of the node that a connection is of. */
async function nodeOf(borrowing: Promise<PoolConnection>): Promise<string> {
  try {
    const connection = await borrowing
    await connection.query('select 1')
    connection.release()
    return (connection.connection as unknown as { _clusterId: string })._clusterId
  } catch (error) {
    const { code } = error as { code: string }
    return code
  }
}

async function nodesOf(times: number, borrow: () => Promise<PoolConnection>): Promise<string[]> {
  const names: string[] = []
  for (let n = 0; n < times; n++) names.push(await nodeOf(borrow()))
  return names
}

/** The events of a cluster as they come. */
function record(cluster: AnyCluster): unknown[] {
  const seen: unknown[] = []
  cluster.on('warn', (error: Error & { code?: string }) => seen.push(['warn', error.code]))
  for (const event of ['online', 'offline', 'remove']) cluster.on(event, (id: string) => seen.push([event, id]))
  return seen
}

const programs: Program[] = [
  {
    does: 'takes turns by default, goes in order, and draws',
    async run(cluster) {
      addTo(cluster, 'A', 'B', 'C')
      const byTurns = await nodesOf(5, () => cluster.getConnection())
      const inOrder = await nodesOf(3, () => cluster.getConnection('*', 'ORDER'))
      const drawn = await nodesOf(20, () => cluster.getConnection('*', 'RANDOM'))
      return [byTurns, inOrder, drawn.length, drawn.every((name) => ['A', 'B', 'C'].includes(name))]
    },
  },
  {
    does: 'looks for nodes by pattern, and by the selector of its options',
    options: { defaultSelector: 'ORDER' },
    async run(cluster) {
      addTo(cluster, 'MASTER', 'SLAVE1', 'SLAVE2')
      const names = await nodesOf(3, () => cluster.getConnection('SLAVE*'))
      const turns = await nodesOf(3, () => cluster.of('SLAVE*', 'RR').getConnection())
      return [names, turns, await nodeOf(cluster.getConnection('MASTER')), await nodeOf(cluster.getConnection('X'))]
    },
  },
  {
    does: 'asks a namespace, with statements too, and takes a uri',
    async run(cluster) {
      cluster.add('A', server.uri)
      const namespace = cluster.of('A')
      return [(await namespace.query('select ? as n', [1]))[0], (await namespace.execute('select 2 as n'))[0]]
    },
  },
  {
    does: 'names a node that has no name',
    async run(cluster) {
      cluster.add(server.config)
      return nodeOf(cluster.getConnection())
    },
  },
  {
    does: 'goes on to the next node when one cannot be reached, and removes it in the end',
    options: { removeNodeErrorCount: 3 },
    async run(cluster) {
      addDead(cluster, 'DEAD')
      addTo(cluster, 'A')
      const seen = record(cluster)
      return [await nodesOf(8, () => cluster.getConnection()), seen, await nodeOf(cluster.getConnection('DEAD'))]
    },
  },
  {
    does: 'tells the error without canRetry',
    options: { canRetry: false },
    async run(cluster) {
      addDead(cluster, 'DEAD')
      return nodesOf(2, () => cluster.getConnection())
    },
  },
  {
    does: 'puts a node aside for restoreNodeTimeout, and asks it again then',
    options: { canRetry: false, removeNodeErrorCount: 1, restoreNodeTimeout: 150 },
    async run(cluster) {
      addDead(cluster, 'DEAD')
      const seen = record(cluster)
      const names = await nodesOf(2, () => cluster.getConnection())
      let later = ''
      await until(async () => {
        later = await nodeOf(cluster.getConnection())
        return later !== 'POOL_NONEONLINE'
      })
      return [names, later, seen.slice(0, 1)]
    },
  },
  {
    does: 'forgets nodes that are removed',
    async run(cluster) {
      addTo(cluster, 'A', 'B1', 'B2')
      await nodesOf(3, () => cluster.getConnection())
      cluster.remove('B*')
      return [await nodesOf(2, () => cluster.getConnection()), await nodeOf(cluster.getConnection('B1'))]
    },
  },
  {
    does: 'ends',
    async run(cluster) {
      addTo(cluster, 'A', 'B')
      await nodesOf(2, () => cluster.getConnection())
      await cluster.end()
      await cluster.end()
      return 'ended'
    },
  },
]

/** mysql2's promises do not say which of its clusters they are to be around. */
function around(cluster: unknown): AnyCluster {
  const PromisePoolCluster = promise.createPoolCluster().constructor as new (cluster: unknown) => AnyCluster
  return new PromisePoolCluster(cluster)
}

type Make = (options?: PoolClusterOptions) => unknown
const kinds: [string, Make, Make][] = [
  ['with promises', promise.createPoolCluster, createPoolCluster],
  [
    'with callbacks',
    (options) => around(callback.createPoolCluster(options)),
    (options) => around(createCallbackCluster(options)),
  ],
]

describeWith('mariadbd', 'the cluster for mysql2, and its own', () => {
  beforeAll(async () => {
    server = await MariadbServer.start()
    deadPort = await freePort()
  }, 60_000)
  afterAll(() => server?.stop())

  async function observe(make: Make, { run, options }: Program): Promise<unknown> {
    const cluster = make(options) as AnyCluster
    try {
      return await run(cluster)
    } finally {
      await cluster.end()
    }
  }

  for (const [kind, theirs, ours] of kinds) {
    for (const program of programs) {
      it(`${program.does}, ${kind}`, { timeout: 20_000 }, async () => {
        expect(await observe(ours, program)).toEqual(await observe(theirs, program))
      })
    }
  }
})
