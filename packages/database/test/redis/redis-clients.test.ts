import { once } from 'node:events'
import { inspect } from 'node:util'
import { InvalidOptionError } from '@millpond/core'
import { virtualClock } from '@millpond/testing'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { createPool } from '../../src/redis.js'
import { until } from '../until.js'
import { ioredis, nodeRedis } from './drivers.js'
import { WithRedis } from './with-redis.js'

describeWith('redis-server', 'the clients of a pool for redis', () => {
  const redis = new WithRedis()

  it.each([2, 3] as const)('drops the subscriptions of a client of node-redis, RESP%i', async (resp) => {
    const pool = redis.keep(nodeRedis.pool({ port: redis.port, resp }, { size: { max: 1 } }))
    const heard: string[] = []
    const id = await pool.use((client) => client.clientId())
    await pool.use(async (client) => {
      await client.subscribe('news', (message) => heard.push(message))
      await client.pSubscribe('n*', (message) => heard.push(message))
      await redis.server.ask('PUBLISH', 'news', 'first')
      await until(() => heard.length === 2)
    })
    expect(await pool.use((client) => client.clientId())).toBe(id)
    expect(await redis.server.ask('PUBLISH', 'news', 'second')).toBe(0)
    await pool.use((client) => client.subscribe('news', () => heard.push('by the next borrower')))
    expect(heard).toEqual(['first', 'first'])
  })

  it.each([2, 3] as const)('drops the subscriptions and listeners of a client of ioredis, RESP%i', async (protocol) => {
    const own: string[] = []
    const pool = redis.keep(
      createPool(() => new Redis({ port: redis.port, protocol }).on('message', (_, text) => own.push(text)), {
        size: { max: 1 },
      }),
    )
    const heard: string[] = []
    const id = await pool.use((client) => client.client('ID'))
    await pool.use(async (client) => {
      client.on('message', (_, message) => heard.push(message))
      await client.subscribe('news')
      await client.psubscribe('n*')
      await redis.server.ask('PUBLISH', 'news', 'first')
      await until(() => heard.length === 1)
    })
    expect(await pool.use((client) => client.client('ID'))).toBe(id)
    await pool.use(async (client) => {
      await client.subscribe('news')
      await redis.server.ask('PUBLISH', 'news', 'second')
      await until(() => own.length === 2)
    })
    expect(own).toEqual(['first', 'second'])
    expect(heard).toEqual(['first'])
  })

  it('closes a client of node-redis that monitors the server', async () => {
    const pool = redis.keep(
      nodeRedis.pool({ port: redis.port, name: 'tested' }, { size: { max: 1 }, release: { timeout: 200 } }),
    )
    const id = await pool.use((client) => client.clientId())
    await pool.use((client) => client.monitor(() => {}))
    expect(await pool.use((client) => client.clientId())).not.toBe(id)
    await until(async () => (await redis.server.sessions()).length === 1)
  })

  it('runs optimistic transactions of node-redis side by side, each on a session of its own', async () => {
    const pool = redis.keep(nodeRedis.pool({ port: redis.port }, { size: { max: 4 } }))
    const increment = async (): Promise<void> => {
      const isDone = await pool.use(async (client) => {
        await client.watch('balance')
        const balance = Number((await client.get('balance')) ?? 0)
        const done = await client
          .multi()
          .set('balance', balance + 1)
          .exec()
          .catch(() => undefined)
        return done !== undefined
      })
      if (!isDone) await increment()
    }
    await Promise.all(Array.from({ length: 40 }, increment))
    expect(await redis.server.ask('GET', 'balance')).toBe('40')
    expect(pool.stats().opened).toBeLessThanOrEqual(4)
  })

  it('takes clients of ioredis that have begun to connect, or have connected', async () => {
    const eager = redis.keep(createPool(() => new Redis({ port: redis.port })))
    expect(await eager.use((client) => client.ping())).toBe('PONG')
    const client = new Redis({ port: redis.port })
    await once(client, 'ready')
    const connected = redis.keep(createPool(() => client, { size: { max: 1 } }))
    expect(await connected.use((client) => client.ping())).toBe('PONG')
  })

  it('leaves nothing of a client of node-redis whose connect is given up while the server is silent', async () => {
    redis.server.process.freeze()
    const pool = redis.keep(nodeRedis.pool({ port: redis.port }, { connect: { timeout: 50 } }))
    await expect(pool.acquire()).rejects.toBeInstanceOf(Error)
    redis.server.process.thaw()
    await until(async () => (await redis.server.sessions()).length === 0)
    await pool.close()
  })

  it('refuses a client that it has been given before', async () => {
    const client = ioredis.make({ port: redis.port })
    const pool = redis.keep(createPool(() => client, { size: { max: 2 } }))
    const lease = await pool.acquire()
    await expect(pool.acquire({ timeout: 200 })).rejects.toMatchObject({
      cause: { code: 'ERR_POOL_INVALID_OPTION' },
    })
    lease.release()
  })

  it('refuses what is not a client of one connection, and shows none of it', async () => {
    const cluster = new Cluster([{ port: redis.port, host: '127.0.0.1' }], { lazyConnect: true })
    const others = [
      () => ({ url: 'redis://:Swordfish@127.0.0.1' }),
      () => undefined,
      () => cluster,
      () => createCluster({ rootNodes: [] }),
      async () => ioredis.make({ port: redis.port }),
    ]
    for (const make of others) {
      const error = await redis
        .keep(createPool(make as never))
        .acquire()
        .catch(({ cause }: Error) => cause)
      expect(error).toBeInstanceOf(InvalidOptionError)
      expect(String(error)).not.toContain('Swordfish')
    }
    expect(() => createPool({ password: 'Swordfish' } as never)).toThrow(/Invalid option client: 'object'/)
  })

  it('hides the password of a URL that cannot be parsed', async () => {
    const pool = redis.keep(createPool(() => createClient({ url: 'redis://app:Swordfish@127.0.0.1:no-port' })))
    const error = await pool.acquire().catch((error: unknown) => error)
    expect(inspect(error, { depth: 12 })).toContain('app:***')
    expect(inspect(error, { depth: 12 })).not.toContain('Swordfish')
  })

  it('waits at most a second between two attempts, unless told otherwise', async () => {
    const clock = virtualClock(0, { realTimers: 'allow' })
    const pool = redis.keep(nodeRedis.pool({ port: 1 }, { clock, connect: { retry: true, backoff: { jitter: 0 } } }))
    let failures = 0
    pool.on('connectError', () => failures++)
    const waiting = pool.acquire({ timeout: 60_000 }).catch((error: Error) => error.name)
    for (let attempt = 1; attempt <= 8; attempt++) {
      await until(() => failures >= attempt)
      await clock.advance(1_000)
    }
    await clock.advance(60_000)
    expect(await waiting).toBe('TimeoutError')
    await Promise.all([pool.close(), clock.advance(10_000)])
    expect(() => nodeRedis.pool({ port: 1 }, { connect: { backoff: { maxDelay: -1 } } })).toThrow(InvalidOptionError)
  })
})
