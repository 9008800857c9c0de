import { once } from 'node:events'
import net from 'node:net'
import { ConnectError, InvalidOptionError, type Pool } from '@millpond/core'
import { Cluster, Redis } from 'ioredis'
import { createCluster } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { createPool } from '../../src/redis.js'
import { until } from '../until.js'
import { type AnyDriver, type ClientOptions, drivers, ioredis, nodeRedis } from './drivers.js'
import { RedisServer } from './redis-server.js'

describeWith('redis-server', 'a pool of redis clients', () => {
  let server: RedisServer
  // biome-ignore lint/suspicious/noExplicitAny: of either driver's clients.
  const pools: Pool<any>[] = []
  beforeAll(async () => {
    server = await RedisServer.start()
  })
  afterAll(() => server?.stop())
  beforeEach(() => server.ask('FLUSHALL'))
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.close({ timeout: 1_000 })
    await until(async () => (await server.sessions()).length === 0)
  })

  function keep<C>(pool: Pool<C>): Pool<C> {
    pools.push(pool)
    return pool
  }

  describe.each(
    drivers.flatMap((driver) =>
      [2, 3].map((resp) => [`${driver.driver}, RESP${resp}`, driver, resp as 2 | 3] as const),
    ),
  )('of %s', (_, { ask, pool: poolOf }: AnyDriver, resp) => {
    const make = (options: Partial<ClientOptions> = {}) =>
      keep(
        poolOf(
          { port: server.port, resp, name: 'tested', ...options },
          { size: { max: 1 }, release: { timeout: 300 } },
        ),
      )

    /** What `leave` has left is gone, for the next borrower of the same session. */
    // biome-ignore lint/suspicious/noExplicitAny: a client of either driver.
    async function expectUndone(pool: Pool<any>, leave: (client: any) => unknown): Promise<void> {
      const id = await pool.use((client) => ask(client, 'CLIENT', 'ID'))
      await pool.use(leave)
      expect(await pool.use((client) => ask(client, 'CLIENT', 'ID'))).toBe(id)
      const info = String(await pool.use((client) => ask(client, 'CLIENT', 'INFO')))
      expect(info).toMatch(/ name=tested .* flags=N db=0 sub=0 psub=0 ssub=0 multi=-1 /)
    }

    /** What `leave` has left cannot be undone: the next borrower has another session. */
    // biome-ignore lint/suspicious/noExplicitAny: a client of either driver.
    async function expectReplaced(pool: Pool<any>, leave: (client: any) => unknown): Promise<void> {
      const id = await pool.use((client) => ask(client, 'CLIENT', 'ID'))
      await pool.use(leave)
      expect(await pool.use((client) => ask(client, 'CLIENT', 'ID'))).not.toBe(id)
      expect(pool.stats().closed['reset-failed']).toBe(1)
      await until(async () => (await server.sessions()).length === 1)
    }

    it('lends a connection to a blocking command, while others go on', async () => {
      const blocking = make()
      const popped = blocking.use((client) => ask(client, 'BLPOP', 'jobs', '5'))
      await make().use((client) => ask(client, 'RPUSH', 'jobs', 'one'))
      expect(await popped).toEqual(['jobs', 'one'])
    })

    it('unwatches what a borrower has left watched', async () => {
      const pool = make()
      await expectUndone(pool, (client) => ask(client, 'WATCH', 'balance'))
      await pool.use((client) => ask(client, 'WATCH', 'balance'))
      await server.ask('SET', 'balance', '1')
      const answer = await pool.use(async (client) => {
        await ask(client, 'MULTI')
        await ask(client, 'SET', 'balance', '2')
        return ask(client, 'EXEC')
      })
      expect(answer).toEqual(['OK'])
    })

    it('discards a MULTI that a borrower has left open, and what is queued in it', async () => {
      await expectUndone(make(), async (client) => {
        await ask(client, 'WATCH', 'balance')
        await ask(client, 'MULTI')
        await ask(client, 'SET', 'queued', '1')
      })
      expect(await server.ask('EXISTS', 'queued')).toBe(0)
    })

    it('goes back to the database and the name that a new client has', async () => {
      await expectUndone(make(), async (client) => {
        await client.select(4)
        await ask(client, 'CLIENT', 'SETNAME', 'mine')
      })
      await expectUndone(make(), (client) => ask(client, 'SELECT', '5'))
      const other = make({ db: 7 })
      await other.use((client) => client.select(2))
      expect(String(await other.use((client) => ask(client, 'CLIENT', 'INFO')))).toContain(' db=7 ')
    })

    it('undoes all of that on a client that is inside a MULTI, too', async () => {
      await expectUndone(make(), async (client) => {
        await client.select(4)
        await ask(client, 'MULTI')
        await ask(client, 'SET', 'queued', '1')
      })
    })

    it('waits for the answers that a borrower has not waited for', async () => {
      await expectUndone(make(), (client) => {
        for (let n = 0; n < 100; n++) void ask(client, 'INCR', 'hits')
      })
      expect(await server.ask('GET', 'hits')).toBe('100')
    })

    it('closes a client whose borrower gives a blocking command up, so that no element is lost', async () => {
      const pool = make()
      const given = await pool
        .use(async (client) => {
          const popped = ask(client, 'BLPOP', 'jobs', '0')
          await until(async () => String(await server.ask('CLIENT', 'LIST')).includes('flags=b'))
          popped.catch(() => {})
          throw new Error('enough')
        })
        .catch((error: Error) => error.message)
      expect(given).toBe('enough')
      expect(pool.stats().closed.destroyed).toBe(1)
      await until(async () => (await server.sessions()).length === 0)
      await server.ask('RPUSH', 'jobs', 'one')
      expect(await server.ask('LLEN', 'jobs')).toBe(1)
    })

    it('does not lend a client that is still blocked, and does not wait for it either', async () => {
      const pool = make()
      const began = performance.now()
      await expectReplaced(pool, async (client) => {
        ask(client, 'XREAD', 'BLOCK', '0', 'STREAMS', 'log', '$').catch(() => {})
        await until(async () => String(await server.ask('CLIENT', 'LIST')).includes('flags=b'))
      })
      // Not by the time limit of a reset.
      expect(performance.now() - began).toBeLessThan(300)
    })

    it.each<[string, string[]]>([
      ['logged in as another user', ['AUTH', 'other', 'other-secret']],
      ['exempt from eviction', ['CLIENT', 'NO-EVICT', 'ON']],
      ['tracking keys', ['CLIENT', 'TRACKING', 'ON']],
    ])('does not lend a client that is %s', async (_, command) => {
      await server.ask('ACL', 'SETUSER', 'other', 'on', '>other-secret', '~*', '+@all')
      await expectReplaced(make(), (client) => ask(client, ...command))
    })

    it('undoes what can be left where the server does not tell of its sessions', async () => {
      await server.ask('ACL', 'SETUSER', 'limited', 'reset', 'on', '>secret', '~*', '&*', '+@all', '-client|info')
      const pool = make({ username: 'limited', password: 'secret', db: 6 })
      const id = await pool.use((client) => ask(client, 'CLIENT', 'ID'))
      await pool.use(async (client) => {
        await client.select(2)
        await ask(client, 'WATCH', 'balance')
        await ask(client, 'MULTI')
      })
      expect(await pool.use((client) => ask(client, 'CLIENT', 'ID'))).toBe(id)
      const line = String(await server.ask('CLIENT', 'LIST', 'ID', String(id)))
      expect(line).toMatch(/ flags=N db=6 .* multi=-1 /)
    })

    it('never gives a borrower a new session for a lost one', async () => {
      const pool = make()
      const lease = await pool.acquire()
      const id = String(await ask(lease.resource, 'CLIENT', 'ID'))
      const waiting = ask(lease.resource, 'BLPOP', 'jobs', '0').catch((error: Error) => error)
      await server.ask('CLIENT', 'KILL', 'ID', id)
      expect(await waiting).toBeInstanceOf(Error)
      expect(String(await waiting)).not.toContain('Disconnects')
      await until(() => lease.signal.aborted)
      expect(pool.stats()).toMatchObject({ size: 0, closed: { lost: 1 } })
      await expect(ask(lease.resource, 'PING')).rejects.toBeInstanceOf(Error)
      lease.release()
      expect(await server.sessions()).toEqual([])
      expect(await pool.use((client) => ask(client, 'PING'))).toBe('PONG')
    })

    it('ends a lease on a client that its borrower closes himself', async () => {
      const pool = make()
      await pool.use((client) => client.quit())
      await until(() => pool.stats().size === 0)
      expect(await pool.use((client) => ask(client, 'PING'))).toBe('PONG')
    })

    it('tries to connect once for each open: the pool decides when again', async () => {
      let dialled = 0
      const closing = net.createServer((socket) => {
        dialled++
        socket.on('error', () => {}).destroy()
      })
      await once(closing.listen(0, '127.0.0.1'), 'listening')
      const { port } = closing.address() as net.AddressInfo
      const pool = keep(poolOf({ port, resp }, { size: { max: 1 } }))
      await expect(pool.acquire()).rejects.toBeInstanceOf(ConnectError)
      // Longer than either driver waits before it tries again.
      await new Promise((resolve) => setTimeout(resolve, 400))
      expect(dialled).toBe(1)
      closing.close()
    })

    it('shows the password nowhere when the server refuses it', async () => {
      await server.ask('ACL', 'SETUSER', 'other', 'on', '>other-secret', '~*', '+@all')
      const pool = make({ username: 'other', password: 'Swordfish' })
      const seen: unknown[] = []
      for (const event of ['connectError', 'disconnect', 'acquireError'] as const) pool.on(event, (e) => seen.push(e))
      const error = await pool.acquire().catch((error: unknown) => error)
      expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('WRONGPASS') })
      const { inspect } = await import('node:util')
      const told = inspect([error, seen, pool.stats(), [...pool.connections()]], { depth: 12, showHidden: true })
      expect(told).toContain('WRONGPASS')
      expect(told).not.toContain('Swordfish')
    })
  })

  it.each([2, 3] as const)('drops the subscriptions of a client of node-redis, RESP%i', async (resp) => {
    const pool = keep(nodeRedis.pool({ port: server.port, resp }, { size: { max: 1 } }))
    const heard: string[] = []
    const id = await pool.use((client) => client.clientId())
    await pool.use(async (client) => {
      await client.subscribe('news', (message) => heard.push(message))
      await client.pSubscribe('n*', (message) => heard.push(message))
      await server.ask('PUBLISH', 'news', 'first')
      await until(() => heard.length === 2)
    })
    expect(await pool.use((client) => client.clientId())).toBe(id)
    expect(await server.ask('PUBLISH', 'news', 'second')).toBe(0)
    await pool.use((client) => client.subscribe('news', () => heard.push('by the next borrower')))
    expect(heard).toEqual(['first', 'first'])
  })

  it.each([2, 3] as const)('drops the subscriptions and listeners of a client of ioredis, RESP%i', async (protocol) => {
    const own: string[] = []
    const pool = keep(
      createPool(() => new Redis({ port: server.port, protocol }).on('message', (_, text) => own.push(text)), {
        size: { max: 1 },
      }),
    )
    const heard: string[] = []
    const id = await pool.use((client) => client.client('ID'))
    await pool.use(async (client) => {
      client.on('message', (_, message) => heard.push(message))
      await client.subscribe('news')
      await client.psubscribe('n*')
      await server.ask('PUBLISH', 'news', 'first')
      await until(() => heard.length === 1)
    })
    expect(await pool.use((client) => client.client('ID'))).toBe(id)
    await pool.use(async (client) => {
      await client.subscribe('news')
      await server.ask('PUBLISH', 'news', 'second')
      await until(() => own.length === 2)
    })
    expect(own).toEqual(['first', 'second'])
    expect(heard).toEqual(['first'])
  })

  it('closes a client of node-redis that monitors the server', async () => {
    const pool = keep(
      nodeRedis.pool({ port: server.port, name: 'tested' }, { size: { max: 1 }, release: { timeout: 200 } }),
    )
    const id = await pool.use((client) => client.clientId())
    await pool.use((client) => client.monitor(() => {}))
    expect(await pool.use((client) => client.clientId())).not.toBe(id)
    await until(async () => (await server.sessions()).length === 1)
  })

  it('runs optimistic transactions of node-redis side by side, each on a session of its own', async () => {
    const pool = keep(nodeRedis.pool({ port: server.port }, { size: { max: 4 } }))
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
    expect(await server.ask('GET', 'balance')).toBe('40')
    expect(pool.stats().opened).toBeLessThanOrEqual(4)
  })

  it('takes clients of ioredis that have begun to connect, or have connected', async () => {
    const eager = keep(createPool(() => new Redis({ port: server.port })))
    expect(await eager.use((client) => client.ping())).toBe('PONG')
    const client = new Redis({ port: server.port })
    await once(client, 'ready')
    const connected = keep(createPool(() => client, { size: { max: 1 } }))
    expect(await connected.use((client) => client.ping())).toBe('PONG')
  })

  it('leaves nothing of a client of node-redis whose connect is given up while it dials', async () => {
    // Connections wait in the backlog: the driver learns nothing, and dials on.
    server.process.freeze()
    const pool = keep(nodeRedis.pool({ port: server.port }, { connect: { timeout: 50 } }))
    await expect(pool.acquire()).rejects.toBeInstanceOf(Error)
    server.process.thaw()
    await until(async () => (await server.sessions()).length === 0)
    await pool.close()
  })

  it('refuses a client that it has been given before', async () => {
    const client = ioredis.make({ port: server.port })
    const pool = keep(createPool(() => client, { size: { max: 2 } }))
    const lease = await pool.acquire()
    await expect(pool.acquire({ timeout: 200 })).rejects.toMatchObject({
      cause: { code: 'ERR_POOL_INVALID_OPTION' },
    })
    lease.release()
  })

  it('refuses what is not a client of one connection, and shows none of it', async () => {
    const cluster = new Cluster([{ port: server.port, host: '127.0.0.1' }], { lazyConnect: true })
    const others = [
      () => ({ url: 'redis://:Swordfish@127.0.0.1' }),
      () => undefined,
      () => cluster,
      () => createCluster({ rootNodes: [] }),
      async () => ioredis.make({ port: server.port }),
    ]
    for (const make of others) {
      const error = await keep(createPool(make as never))
        .acquire()
        .catch(({ cause }: Error) => cause)
      expect(error).toBeInstanceOf(InvalidOptionError)
      expect(String(error)).not.toContain('Swordfish')
    }
    expect(() => createPool({ password: 'Swordfish' } as never)).toThrow(/Invalid option client: 'object'/)
  })

  it('hides the password of a URL that cannot be parsed', async () => {
    const { createClient } = await import('redis')
    const pool = keep(createPool(() => createClient({ url: 'redis://app:Swordfish@127.0.0.1:no-port' })))
    const error = await pool.acquire().catch((error: unknown) => error)
    const { inspect } = await import('node:util')
    expect(inspect(error, { depth: 12 })).toContain('app:***')
    expect(inspect(error, { depth: 12 })).not.toContain('Swordfish')
  })

  it('waits at most a second between two attempts, unless told otherwise', async () => {
    const pool = keep(
      nodeRedis.pool({ port: 1 }, { connect: { retry: true, backoff: { initialDelay: 20, jitter: 0 } } }),
    )
    const failures: number[] = []
    pool.on('connectError', () => failures.push(performance.now()))
    await expect(pool.acquire({ timeout: 900 })).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(failures.length).toBeGreaterThan(4)
    expect(() => nodeRedis.pool({ port: 1 }, { connect: { backoff: { maxDelay: -1 } } })).toThrow(InvalidOptionError)
  })
})
