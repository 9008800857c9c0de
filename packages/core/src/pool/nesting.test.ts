import { AsyncResource } from 'node:async_hooks'
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import { deferred, TestResource } from '../../test/test-adapter.js'
import { follow, type Outcome, record, testPool } from '../../test/test-pool.js'
import { virtualClock } from '../../test/virtual-clock.js'
import type { PoolOptions } from './pool-options.js'

/** The process's warnings. */
let emitWarning: MockInstance<typeof process.emitWarning>

beforeEach(() => {
  emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const isNested = expect.objectContaining({ code: 'ERR_POOL_NESTED_ACQUIRE' })

/** A pool that refuses what is nested. */
function strictPool(options: PoolOptions = {}, overrides: Parameters<typeof testPool>[1] = {}) {
  return testPool({ ...options, acquire: { nested: 'error', ...options.acquire } }, overrides)
}

describe("acquire.nested: 'error'", () => {
  it('rejects an acquire inside a use of the same pool, naming the connection, and leaves that use alone', async () => {
    const { pool } = strictPool()
    const heard = record(pool, 'acquireError')
    await pool.use(async (resource, lease) => {
      await expect(pool.acquire()).rejects.toMatchObject({
        name: 'NestedAcquireError',
        code: 'ERR_POOL_NESTED_ACQUIRE',
        pool: 'test',
        message: expect.stringContaining('connection 1'),
      })
      expect(resource.open).toBe(true)
      expect(lease.connection.state).toBe('connected.leased')
    })
    expect(heard.map(({ event }) => event.reason)).toEqual(['nested'])
    expect(pool.stats()).toMatchObject({ size: 1, idle: 1, waiting: 0, rejected: 1, acquired: 1 })
  })

  it('rejects a use inside a use, at any depth of calls and awaits, without calling its function', async () => {
    const { pool, clock } = strictPool()
    let called = false
    const deep = async (): Promise<void> => {
      await clock.settle()
      await new Promise((resolve) => setImmediate(resolve))
      await pool.use(() => {
        called = true
      })
    }
    await expect(pool.use(() => Promise.all([1].map(deep)))).rejects.toEqual(isNested)
    expect(called).toBe(false)
  })

  it('rejects it from a timer and from an event of the function, too', async () => {
    const { pool } = strictPool()
    await pool.use(async () => {
      await expect(
        new Promise((resolve, reject) => {
          setTimeout(() => pool.acquire().then(resolve, reject), 1)
        }),
      ).rejects.toEqual(isNested)
    })
  })

  it('rejects it also where a connection is idle, and where the acquire has options', async () => {
    const { pool } = strictPool({ size: { min: 2 } })
    await pool.warm(2)
    await pool.use(async () => {
      for (const options of [{}, { fresh: true }, { priority: 3 }, { timeout: 5 }]) {
        await expect(pool.acquire(options)).rejects.toEqual(isNested)
      }
    })
  })

  it('is made out before anybody waits: nothing is opened for it', async () => {
    const { pool, adapter } = strictPool({ size: { max: 5 } })
    await pool.use(() => pool.acquire().catch(() => {}))
    expect(adapter.resources).toHaveLength(1)
  })

  it('gives way to a signal that is aborted, and to a pool that is closed', async () => {
    const { pool } = strictPool()
    await pool.use(async () => {
      await expect(pool.acquire({ signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
      void pool.close()
      await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    })
  })

  it('lets tryAcquire pass, which never waits', async () => {
    const { pool } = strictPool({ size: { min: 2 } })
    await pool.warm(2)
    await pool.use(() => {
      const lease = pool.tryAcquire()
      expect(lease).toBeDefined()
      lease?.release()
    })
  })

  it('keeps the error of the inner use from being fatal to the outer connection unless the adapter says so', async () => {
    const { pool } = strictPool({}, { isFatal: () => false })
    await expect(pool.use(() => pool.use(() => {}))).rejects.toEqual(isNested)
    expect(pool.stats()).toMatchObject({ idle: 1, closed: { destroyed: 0 } })
  })
})

describe('what is not nested', () => {
  it('siblings under Promise.all', async () => {
    const { pool, clock } = strictPool({ size: { max: 2 } })
    const siblings = Array.from({ length: 6 }, (_, i) =>
      pool.use(async () => {
        await clock.settle()
        return i
      }),
    )
    await expect(Promise.all(siblings)).resolves.toEqual([0, 1, 2, 3, 4, 5])
  })

  it('a sibling that is granted by the release inside another', async () => {
    const { pool } = strictPool({ size: { max: 1 } })
    const inner = pool.use(async (_, lease) => {
      lease.release()
      await Promise.resolve()
    })
    const sibling = pool.use(() => 'served')
    await expect(Promise.all([inner, sibling])).resolves.toEqual([undefined, 'served'])
    await expect(pool.use(() => 'again')).resolves.toBe('again')
  })

  it('one use after another', async () => {
    const { pool } = strictPool({ size: { max: 1 } })
    await pool.use(() => {})
    await pool.use(() => {})
    await expect(pool.use(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await pool.use(() => {})
    expect((await pool.acquire()).connection.id).toBe(1)
  })

  it('a use beside a plain acquire that holds a lease: only use knows where it ends', async () => {
    const { pool } = strictPool({ size: { max: 2 } })
    const lease = await pool.acquire()
    await expect(pool.use(() => 'fine')).resolves.toBe('fine')
    lease.release()
  })

  it('a use of another pool inside', async () => {
    const a = strictPool()
    const b = strictPool()
    await expect(a.pool.use(() => b.pool.use(() => 'fine'))).resolves.toBe('fine')
    await expect(a.pool.use(async () => (await b.pool.acquire()).release())).resolves.toBeUndefined()
  })

  it('an acquire by work that has outlived its use: nothing is held any more that it could wait for', async () => {
    const { pool } = strictPool({ size: { max: 1 } })
    const gate = deferred<void>()
    let late: Outcome<string> | undefined
    await pool.use(() => {
      late = follow(gate.promise.then(() => pool.use(() => 'fine')))
    })
    gate.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    expect(late).toMatchObject({ state: 'fulfilled', value: 'fine' })
  })
})

describe('uses of several pools in one another', () => {
  it('are seen through: A inside B inside A is nested, with the connection that A holds', async () => {
    const a = strictPool({ name: 'a' })
    const b = strictPool({ name: 'b' })
    await (await a.pool.acquire()).detach()
    await a.pool.use(async (_, { connection }) => {
      expect(connection.id).toBe(2)
      await b.pool.use(async () => {
        await expect(a.pool.acquire()).rejects.toMatchObject({
          pool: 'a',
          message: expect.stringContaining('connection 2'),
        })
        await expect(b.pool.acquire()).rejects.toMatchObject({ pool: 'b' })
      })
      await expect(b.pool.use(() => 'fine')).resolves.toBe('fine')
    })
  })

  it('are told apart where only one of the pools wants to know', async () => {
    const indifferent = testPool({ size: { max: 5 } })
    const strict = strictPool()
    await indifferent.pool.use(() =>
      strict.pool.use(async () => {
        await expect(indifferent.pool.use(() => 'fine')).resolves.toBe('fine')
        await expect(strict.pool.use(() => {})).rejects.toEqual(isNested)
      }),
    )
  })
})

describe("acquire.nested: 'warn'", () => {
  it('emits misuse for every nested acquire, with the connection of the use around it, and serves it', async () => {
    const { pool } = testPool({ acquire: { nested: 'warn' } })
    const misuses = record(pool, 'misuse')
    await pool.use(async (_, outer) => {
      await pool.use((_, inner) => expect(inner.connection.id).toBe(2))
      ;(await pool.acquire()).release()
      expect(misuses.map(({ event }) => event)).toEqual([
        { pool: 'test', connection: outer.connection, action: 'nested-acquire' },
        { pool: 'test', connection: outer.connection, action: 'nested-acquire' },
      ])
    })
    expect(pool.stats()).toMatchObject({ acquired: 3, rejected: 0 })
  })

  it('warns the process once where nobody listens', async () => {
    const { pool } = testPool({ acquire: { nested: 'warn' } })
    await pool.use(async () => {
      await pool.use(() => {})
      await pool.use(() => {})
    })
    expect(emitWarning).toHaveBeenCalledTimes(1)
    expect(emitWarning).toHaveBeenCalledWith(
      expect.stringContaining('inside use()'),
      expect.objectContaining({ code: 'WARN_POOL_NESTED' }),
    )
  })

  it('never warns of siblings', async () => {
    const { pool } = testPool({ size: { max: 2 }, acquire: { nested: 'warn' } })
    const misuses = record(pool, 'misuse')
    await Promise.all(Array.from({ length: 5 }, () => pool.use(() => new Promise((resolve) => setImmediate(resolve)))))
    expect(misuses).toEqual([])
    expect(emitWarning).not.toHaveBeenCalled()
  })

  it('names the innermost use of the pool', async () => {
    const { pool } = testPool({ acquire: { nested: 'warn' } })
    const misuses = record(pool, 'misuse')
    await pool.use(() => pool.use(() => pool.use(() => {})))
    expect(misuses.map(({ event }) => event.connection.id)).toEqual([1, 2])
  })

  it('survives a listener that throws, or acquires itself (invariant 12)', async () => {
    const { pool } = testPool({ acquire: { nested: 'warn' } })
    const errors = record(pool, 'error')
    pool.once('misuse', () => {
      throw new Error('the listener throws')
    })
    await pool.use(() => pool.use(() => {}))
    expect(errors.map(({ event }) => event.source)).toEqual(['listener'])
  })
})

describe("acquire.nested: 'off', the default", () => {
  it('says nothing', async () => {
    const { pool } = testPool()
    const misuses = record(pool, 'misuse')
    await pool.use(() => pool.use(() => {}))
    expect(misuses).toEqual([])
    expect(emitWarning).not.toHaveBeenCalled()
  })
})

describe('what the pool does inside a use does not inherit it', () => {
  it('an open: its adapter may use a pool that the caller is inside of', async () => {
    const tunnels = strictPool({ name: 'tunnels', size: { max: 5 } })
    const { pool } = testPool({ name: 'through' }, (clock) => ({
      open: async ({ connectionId }) => {
        await clock.settle()
        ;(await tunnels.pool.acquire()).release()
        return new TestResource(connectionId)
      },
    }))
    await expect(tunnels.pool.use(() => pool.use(() => 'fine'))).resolves.toBe('fine')
  })

  it.each(['close', 'reset', 'check'] as const)('a %s of the adapter', async (call) => {
    const tunnels = strictPool({ name: 'tunnels', size: { max: 5 } })
    const outcomes: Outcome<string>[] = []
    const asks = async () => {
      const outcome = follow(tunnels.pool.use(() => 'fine'))
      outcomes.push(outcome)
    }
    const { pool, clock } = testPool(
      { name: 'through', health: call === 'check' ? { after: 0 } : {} },
      { [call]: asks },
    )
    const lease = await pool.acquire()
    lease.release()
    await clock.advance(100)
    await tunnels.pool.use(async () => {
      const again = await pool.acquire()
      again[call === 'close' ? 'retire' : 'release']()
      await new Promise((resolve) => setImmediate(resolve))
    })
    expect(outcomes.length).toBeGreaterThan(0)
    expect(outcomes.map(({ state }) => state)).toEqual(outcomes.map(() => 'fulfilled'))
  })

  it('a timer of the pool that is set inside: whoever hears of a timeout may use what the acquire was inside of', async () => {
    const virtual = virtualClock()
    // Timers run in the context in which they were set, as the process's do.
    const clock = {
      now: virtual.now,
      clearTimeout: virtual.clearTimeout,
      setTimeout: (fn: () => void, ms: number) => virtual.setTimeout(AsyncResource.bind(fn), ms),
    }
    const outer = strictPool({ name: 'outer', size: { max: 2 } })
    const { pool } = testPool({ name: 'inner', clock, size: { max: 1 } })
    await pool.acquire()
    const outcomes: Outcome<string>[] = []
    pool.on('acquireError', () => outcomes.push(follow(outer.pool.use(() => 'fine'))))
    await outer.pool.use(() => {
      follow(pool.acquire({ timeout: 10 }))
    })
    await outer.pool.use(async () => {
      follow(pool.acquire({ timeout: 10 }))
      await virtual.advance(20)
    })
    expect(outcomes.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled'])
  })

  it('the retry of an open whose backoff began inside', async () => {
    const virtual = virtualClock()
    const clock = {
      now: virtual.now,
      clearTimeout: virtual.clearTimeout,
      setTimeout: (fn: () => void, ms: number) => virtual.setTimeout(AsyncResource.bind(fn), ms),
    }
    const outer = strictPool({ name: 'outer', size: { max: 2 } })
    const outcomes: Outcome<string>[] = []
    const { pool } = testPool(
      { name: 'inner', clock, connect: { retry: true } },
      {
        open: async () => {
          outcomes.push(follow(outer.pool.use(() => 'fine')))
          throw new Error('refused')
        },
      },
    )
    await outer.pool.use(() => {
      follow(pool.acquire({ timeout: 2_000 }))
    })
    await virtual.advance(3_000)
    expect(outcomes.length).toBeGreaterThan(2)
    expect(outcomes.map(({ state }) => state)).toEqual(outcomes.map(() => 'fulfilled'))
  })
})
