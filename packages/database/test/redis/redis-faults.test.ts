import type { Pool, PoolOptions } from '@millpond/core'
import { chaosProxy } from '@millpond/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../../testing/test/real-servers/describe-with.js'
import { presets } from '../../src/index.js'
import { until } from '../until.js'
import { Writers } from '../writers.js'
import { type AnyDriver, drivers } from './drivers.js'
import { RedisServer } from './redis-server.js'

const MAX_CLIENTS = 12
/** ms: a second, and the longest backoff with its jitter. */
const RECOVERY = 1_000 + 1_200

// biome-ignore lint/suspicious/noExplicitAny: of either driver's clients.
type AnyPool = Pool<any>

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What a session of one's own is for: watched, and written by a transaction. */
const write =
  (pool: AnyPool, { ask }: AnyDriver) =>
  (id: number) =>
    pool.use(async (client) => {
      await ask(client, 'WATCH', 'epoch')
      await ask(client, 'MULTI')
      await ask(client, 'SADD', 'written', String(id))
      await ask(client, 'EXEC')
    })

describeWith('redis-server', 'under load, the pool for redis', () => {
  let server: RedisServer
  const pools: AnyPool[] = []
  beforeAll(async () => {
    // What is acknowledged has been written: with `everysec` a write may be put off while the disk is busy.
    server = await RedisServer.start({ appendonly: 'yes', appendfsync: 'always', maxclients: MAX_CLIENTS })
  })
  afterAll(() => server?.stop())
  afterEach(async () => {
    server.process.thaw()
    for (const pool of pools.splice(0)) await pool.close({ timeout: 1_000 })
    await until(async () => (await server.sessions()).length === 0)
    await server.ask('FLUSHALL')
  })

  // biome-ignore lint/suspicious/noExplicitAny: of either driver's clients.
  function make(driver: AnyDriver, options: PoolOptions<any> = {}, port = server.port): AnyPool {
    const pool = driver.pool({ port, name: 'faults' }, { size: { max: 6 }, ...options })
    // Leases are taken away on purpose.
    pool.on('leak', () => {})
    pools.push(pool)
    return pool
  }

  async function missing(ids: readonly number[]): Promise<number[]> {
    const written = new Set((await server.ask('SMEMBERS', 'written')) as string[])
    return ids.filter((id) => !written.has(String(id)))
  }

  /** Nothing is borrowed, nobody waits, and the server counts the sessions that the pool does. */
  async function expectAtRest(pool: AnyPool): Promise<void> {
    expect(pool.stats()).toMatchObject({ leases: 0, waiting: 0 })
    await until(async () => (await server.sessions()).length === pool.stats().size)
    await pool.close()
    await until(async () => (await server.sessions()).length === 0)
  }

  describe.each(drivers.map((driver) => [driver.driver, driver] as const))(
    'of %s',
    { timeout: 40_000 },
    (_, driver) => {
      const { ask } = driver

      it.each([
        ['as it comes', {}],
        ['with presets.database', presets.database],
      ])('outlives a server that is killed and started again: %s', async (_, options) => {
        const pool = make(driver, { ...options, acquire: { timeout: 10_000 } })
        const writers = new Writers(write(pool, driver), 12)
        await writers.more(100)
        await server.process.kill()
        await pause(700)
        await server.process.start()
        const startedAt = performance.now()
        expect((await writers.nextWrite()) - startedAt).toBeLessThan(RECOVERY)
        await writers.more(100)
        await writers.stop()
        expect(await missing(writers.acknowledged)).toEqual([])
        for (const error of writers.errors) expect(error).toBeInstanceOf(Error)
        await expectAtRest(pool)
      })

      it('serves again once a server that starts slowly has read its data', async () => {
        const pool = make(driver, { ...presets.database, acquire: { timeout: 10_000 } })
        const writers = new Writers(write(pool, driver), 6)
        await writers.more(200)
        await server.process.kill()
        await server.process.start()
        // It takes connections, and answers nobody.
        server.process.freeze()
        const waiting = pool.acquire({ timeout: 300 }).catch((error: Error) => error)
        expect(await waiting).toMatchObject({ code: expect.stringMatching(/^ERR_POOL_/) })
        server.process.thaw()
        const thawedAt = performance.now()
        expect((await writers.nextWrite()) - thawedAt).toBeLessThan(RECOVERY)
        await writers.stop()
        expect(await missing(writers.acknowledged)).toEqual([])
        await expectAtRest(pool)
      })

      it('tells callers of a frozen server by their deadline, and serves them when it goes on', async () => {
        const pool = make(driver, {
          acquire: { timeout: 300 },
          connect: { timeout: 1_000 },
          lease: { maxDuration: 300 },
          release: { timeout: 300 },
        })
        await Promise.all(Array.from({ length: 6 }, () => pool.use((client) => ask(client, 'BLPOP', 'none', '0.05'))))
        server.process.freeze()
        const began = performance.now()
        const asked = Array.from({ length: 12 }, () =>
          pool.use((client) => ask(client, 'PING')).catch((error: Error) => error),
        )
        for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(Error)
        expect(performance.now() - began).toBeLessThan(1_200)
        await until(() => pool.stats().leases === 0)
        server.process.thaw()
        const thawedAt = performance.now()
        let answer: unknown
        while (answer !== 'PONG') answer = await pool.use((client) => ask(client, 'PING')).catch(() => {})
        expect(performance.now() - thawedAt).toBeLessThan(RECOVERY)
        await expectAtRest(pool)
      })

      it('outlives an administrator who kills its connections again and again', async () => {
        const pool = make(driver)
        const writers = new Writers(write(pool, driver), 12)
        for (let round = 0; round < 5; round++) {
          await writers.more(50)
          await server.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
        }
        await writers.more(50)
        await writers.stop()
        expect(await missing(writers.acknowledged)).toEqual([])
        expect(writers.errors.length).toBeGreaterThan(0)
        expect(pool.stats().size).toBeLessThanOrEqual(6)
        await expectAtRest(pool)
      })

      it('serves everybody with what it has when the server takes no more connections', async () => {
        const pool = make(driver, { size: { max: 40 }, connect: { growth: 'eager' } })
        const asked = Array.from({ length: 60 }, (_, n) =>
          pool.use(async (client) => {
            await ask(client, 'BLPOP', 'none', '0.02')
            return ask(client, 'ECHO', String(n))
          }),
        )
        expect(await Promise.all(asked)).toEqual(Array.from({ length: 60 }, (_, n) => String(n)))
        expect(pool.stats().closed['connect-failed']).toBeGreaterThan(0)
        // One is the administrator's.
        expect((await server.sessions()).length).toBeLessThan(MAX_CLIENTS)
        await expectAtRest(pool)
      })

      it.each(['both', 'upstream', 'downstream'] as const)('outlives a network that is cut: %s', async (stream) => {
        await using proxy = await chaosProxy({ target: { port: server.port } })
        const limits = { lease: { maxDuration: 400 }, release: { timeout: 300 }, close: { timeout: 300 } }
        const pool = make(driver, { ...limits, acquire: { timeout: 500 }, connect: { timeout: 500 } }, proxy.port)
        const ask400 = () => pool.use((client) => ask(client, 'PING')).catch((error: Error) => error)
        expect(await ask400()).toBe('PONG')
        const streams = stream === 'both' ? (['upstream', 'downstream'] as const) : ([stream] as const)
        const cuts = streams.map((cut) => proxy.add({ type: 'timeout', stream: cut, timeout: 0 }))
        const began = performance.now()
        for (const answer of await Promise.all(Array.from({ length: 12 }, ask400))) expect(answer).toBeInstanceOf(Error)
        expect(performance.now() - began).toBeLessThan(1_200)
        for (const cut of cuts) await cut.remove()
        proxy.killAll()
        const healedAt = performance.now()
        while ((await ask400()) !== 'PONG') await pause(1)
        expect(performance.now() - healedAt).toBeLessThan(RECOVERY)
        await until(() => pool.stats().leases === 0)
        await expectAtRest(pool)
      })
    },
  )

  it('does not serve while the server is still loading its data, and then does', { timeout: 40_000 }, async () => {
    const slow = await RedisServer.start({ appendonly: 'yes', appendfsync: 'always', 'key-load-delay': 400 })
    try {
      for (const driver of drivers) {
        const pool = driver.pool(
          { port: slow.port, name: 'faults' },
          { ...presets.database, acquire: { timeout: 20_000 } },
        )
        // While it loads, it looks at its connections at every 1,024th command.
        const keys = Array.from({ length: 3_000 }, (_, n) => `key-${n}`)
        await pool.use((client) => Promise.all(keys.map((key) => driver.ask(client, 'SET', key, '1'))))
        await slow.process.kill()
        const failures = new Set<string>()
        pool.on('connectError', ({ error }) => failures.add(String(error)))
        await slow.process.start()
        const answer = await pool.use((client) => driver.ask(client, 'GET', 'key-2999'))
        expect(answer).toBe('1')
        // The other driver waits for the end of the loading by itself.
        if (driver.driver === 'node-redis') expect([...failures].join()).toContain('LOADING')
        await pool.close()
      }
    } finally {
      await slow.stop()
    }
  })
})
