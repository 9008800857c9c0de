import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { leaseAll, listenersOn, origin, testMembers } from '../../test/group-fixture.js'
import type { TestResource } from '../../test/test-adapter.js'
import { follow, record } from '../../test/test-pool.js'
import type { PoolEvents } from '../pool/pool-events.js'
import type { PoolOptions } from '../pool/pool-options.js'
import { balance } from './balance.js'
import { failover } from './failover.js'

function group(count: number, options: PoolOptions = {}, overrides = {}) {
  const made = testMembers(count, options, overrides)
  return { ...made, group: balance(made.pools, { clock: made.clock, pick: 'round-robin', name: 'group' }) }
}

afterEach(() => vi.restoreAllMocks())

const invalid = (option: string) => expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option })

it('is named after its members unless it is given a name', () => {
  const { pools } = testMembers(2)
  expect([balance(pools).name, failover(pools).name, failover(pools, { name: 'db' }).name]).toEqual([
    'balance(a, b)',
    'failover(a, b)',
    'db',
  ])
})

describe('use', () => {
  const fatal = new Error('protocol violation')
  const isFatal = (error: unknown) => error === fatal

  it('destroys the connection when the member’s adapter calls the error fatal, and else releases it', async () => {
    const made = group(2, {}, { isFatal })
    await expect(made.group.use(() => Promise.reject(fatal))).rejects.toBe(fatal)
    expect(made.group.stats()).toMatchObject({ leases: 0, size: 0, closed: { destroyed: 1 } })
    const harmless = new Error('unique constraint')
    await expect(
      made.group.use(() => {
        throw harmless
      }),
    ).rejects.toBe(harmless)
    expect(made.group.stats()).toMatchObject({ leases: 0, idle: 1 })
  })

  it('takes what its function throws for the function’s, even if it looks like a member’s refusal', async () => {
    const made = group(2)
    const other = testMembers(1, { start: 'paused' }).pools[0]
    let runs = 0
    const used = made.group.use(() => {
      runs++
      return other?.acquire()
    })
    await expect(used).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED', pool: 'a' })
    expect(runs).toBe(1)
  })

  it('runs its function in the async context of its caller, whoever came by the connection', async () => {
    const { group: pool, pools, clock } = group(2, { size: { max: 1 } })
    const storage = new AsyncLocalStorage<string>()
    const held = await Promise.all(pools.map((one) => storage.run('holder', () => one.acquire())))
    const contexts: unknown[] = []
    const used = ['first', 'second', 'third', 'fourth'].map((name) =>
      storage.run(name, () => follow(pool.use(async () => void contexts.push([name, storage.getStore()])))),
    )
    await clock.settle()
    storage.run('releaser', () => held[1]?.release())
    await clock.settle()
    storage.run('releaser', () => held[0]?.release())
    await clock.settle()
    expect(used.map(({ state }) => state)).toEqual(Array(4).fill('fulfilled'))
    expect(contexts).toEqual(['first', 'second', 'third', 'fourth'].map((name) => [name, name]))
  })

  it('costs no listener on the members when one of them is ready', async () => {
    const { group: pool, pools } = group(2)
    await pool.warm(2)
    let listening = -1
    await pool.use(() => {
      listening = listenersOn(pools)
    })
    expect(listening).toBe(0)
  })
})

describe('resize', () => {
  it.each([
    [{ max: 7 }, [0, 0, 0], [3, 2, 2]],
    [{ max: 9, min: 4 }, [2, 1, 1], [3, 3, 3]],
    [{ min: 5 }, [2, 2, 1], [10, 10, 10]],
    [{ max: Number.POSITIVE_INFINITY }, [0, 0, 0], Array(3).fill(Number.POSITIVE_INFINITY)],
  ])('deals %j out evenly, and stats say so', (size, minima, maxima) => {
    const { group: pool, pools } = group(3)
    pool.resize(size)
    const stats = pools.map((one) => one.stats())
    expect(stats.map(({ min }) => min)).toEqual(minima)
    expect(stats.map(({ max }) => max)).toEqual(maxima)
    expect(pool.stats()).toMatchObject(size)
  })

  it('deals min out below the limits that members have', () => {
    const { pools } = testMembers(2, (i) => ({ size: { max: i === 0 ? 1 : 10 } }))
    balance(pools).resize({ min: 6 })
    expect(pools.map((one) => one.stats().min)).toEqual([1, 5])
  })

  it('keeps the sum of min when max no longer leaves room for it where it was', () => {
    const { pools } = testMembers(2, (i) => ({ size: { min: i === 0 ? 4 : 0 } }))
    balance(pools).resize({ max: 5 })
    expect(pools.map((one) => [one.stats().min, one.stats().max])).toEqual([
      [2, 3],
      [2, 2],
    ])
  })

  it('refuses less than one for each member, and min above max', () => {
    const { group: pool } = group(3)
    expect(() => pool.resize({ max: 2 })).toThrow(invalid('size.max'))
    expect(() => pool.resize({ max: 2.5 })).toThrow(invalid('size.max'))
    expect(() => pool.resize({ min: 4, max: 3 })).toThrow(invalid('size.min'))
    expect(() => pool.resize({ mix: 4 } as never)).toThrow(invalid('size.mix'))
    expect(pool.stats()).toMatchObject({ min: 0, max: 30 })
  })

  it('changes no member when one refuses its share', () => {
    const { pools } = testMembers(2, (i) => (i === 1 ? { idle: { max: 1 } } : {}))
    const pool = balance(pools)
    expect(() => pool.resize({ min: 6, max: 8 })).toThrow(invalid('idle.max'))
    expect(pools.map((one) => [one.stats().min, one.stats().max])).toEqual([
      [0, 10],
      [0, 10],
    ])
  })

  it('leaves members out that are closed, and throws when all are', async () => {
    const { group: pool, pools } = group(3)
    await pools[0]?.close()
    pool.resize({ max: 5 })
    expect(pool.stats().max).toBe(5)
    await pool.close()
    expect(() => pool.resize({ max: 5 })).toThrow(expect.objectContaining({ code: 'ERR_POOL_CLOSED', pool: 'group' }))
  })
})

describe('warm', () => {
  it('spreads what is to be opened, where least is open first', async () => {
    const { group: pool, pools } = group(3)
    await pools[0]?.warm(3)
    await pool.warm(7)
    expect(pools.map((one) => one.stats().size)).toEqual([3, 2, 2])
    await pool.warm(2)
    expect(pool.stats().size).toBe(7)
  })

  it('opens each member’s min by default, and no more than may be', async () => {
    const { pools } = testMembers(2, (i) => ({ size: { min: i, max: 2 }, start: 'ready' }))
    const pool = balance(pools)
    await pool.warm()
    expect(pools.map((one) => one.stats().size)).toEqual([0, 1])
    await pool.warm(99)
    expect(pools.map((one) => one.stats().size)).toEqual([2, 2])
  })

  it('rejects with the first ConnectError, and with a bad count', async () => {
    const { group: pool, members } = group(2)
    members[1]!.server = 'down'
    await expect(pool.warm(2)).rejects.toMatchObject({ code: 'ERR_POOL_CONNECT', pool: 'b' })
    await expect(pool.warm(-1)).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
    await expect(pool.warm(0.5)).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
  })
})

describe('pause and resume', () => {
  it('lets acquires wait until the group resumes, oldest first', async () => {
    const { group: pool, clock } = group(2, { size: { max: 1 } })
    await pool.warm(2)
    pool.pause()
    expect(pool.stats().state).toBe('paused')
    expect(pool.tryAcquire()).toBeUndefined()
    const waiting = [1, 2, 3].map(() => follow(pool.acquire()))
    await clock.advance(100)
    expect(pool.stats()).toMatchObject({ waiting: 3, leases: 0 })
    pool.resume()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'pending'])
  })

  it('refuses acquires with waiters: reject, and those who wait already', async () => {
    const { group: pool, pools, clock } = group(2, { size: { max: 1 } })
    await Promise.all(pools.map((one) => one.acquire()))
    const waiting = follow(pool.acquire())
    await clock.settle()
    pool.pause({ waiters: 'reject' })
    await clock.settle()
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_PAUSED' })
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
    await expect(pool.use(() => {})).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
    expect(pool.stats()).toMatchObject({ rejected: 3, waiting: 0 })
  })

  it('throws for a bad option and pauses nobody', () => {
    const { group: pool } = group(2)
    expect(() => pool.pause({ waiters: 'what' } as never)).toThrow(invalid('pause.waiters'))
    expect(pool.stats().state).toBe('running')
  })
})

describe('close and destroy', () => {
  it('closes all members, and returns the same promise again', async () => {
    const { group: pool, pools, clock } = group(2)
    const lease = await pool.acquire()
    const waitsForNothing = pool.close()
    expect(pool.close({ timeout: 100 })).toBe(waitsForNothing)
    expect(pool.stats().state).toBe('closing')
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await clock.advance(99)
    expect(pool.stats().state).toBe('closing')
    await clock.advance(1)
    await waitsForNothing
    expect(lease.signal.aborted).toBe(true)
    expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
    expect([clock.pending, listenersOn(pools)]).toEqual([0, 0])
  })

  it('rejects waiters, or serves them first', async () => {
    for (const waiters of ['reject', 'serve'] as const) {
      const { group: pool, pools, clock } = group(2, { size: { max: 1 } })
      const held = await Promise.all(pools.map((one) => one.acquire()))
      const waiting = [follow(pool.acquire()), follow(pool.use(() => 1))]
      await clock.settle()
      const closed = follow(pool.close({ waiters }))
      await clock.settle()
      for (const lease of held) lease.release()
      await clock.settle()
      const lease = waiting[0]?.value as { release(): void } | undefined
      lease?.release()
      await clock.advance(10)
      if (waiters === 'serve') expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled'])
      else expect(waiting.map(({ error }) => error)).toMatchObject(Array(2).fill({ code: 'ERR_POOL_CLOSED' }))
      expect(closed.state).toBe('fulfilled')
      expect(listenersOn(pools)).toBe(0)
    }
  })

  it('is overtaken by destroy, whose error is the cause of what waiters are told', async () => {
    const { group: pool, pools, clock } = group(2, { size: { max: 1 } })
    await Promise.all(pools.map((one) => one.acquire()))
    const waiting = follow(pool.acquire())
    await clock.settle()
    const closed = pool.close({ waiters: 'serve' })
    const cause = new Error('enough')
    expect(pool.destroy(cause)).toBe(closed)
    await closed
    await clock.settle()
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CLOSED', cause })
    expect(pool.stats().state).toBe('closed')
  })

  it('rejects for a bad option and closes nobody', async () => {
    const { group: pool } = group(2)
    await expect(pool.close({ timeout: -1 })).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION' })
    expect(pool.stats().state).toBe('running')
    await pool[Symbol.asyncDispose]()
    expect(pool.stats().state).toBe('closed')
  })

  it('may be called from a listener of a member that it closes', async () => {
    const { group: pool, pools } = group(2)
    await pool.warm(2)
    const promises: Promise<void>[] = []
    pools[0]?.on('disconnect', () => promises.push(pool.close()))
    promises.push(pool.close())
    await Promise.all(promises)
    expect(new Set(promises).size).toBe(1)
  })
})

describe('events', () => {
  it('are those of the members, with their names, heard only while the group has listeners', async () => {
    const { group: pool, pools } = group(2)
    expect(listenersOn(pools)).toBe(0)
    const heard: string[] = []
    const hear = ({ pool: name }: { pool: string }) => heard.push(name)
    pool.on('connect', hear)
    pool.once('release', hear)
    expect(pools.map((one) => one.eventNames())).toEqual([
      ['connect', 'release'],
      ['connect', 'release'],
    ])
    await pools[1]?.use(() => {})
    expect(heard).toEqual(['b', 'b'])
    expect(pools[0]?.eventNames()).toEqual(['connect'])
    pool.off('connect', hear)
    expect(listenersOn(pools)).toBe(0)
    await pools[0]?.use(() => {})
    expect(heard).toEqual(['b', 'b'])
  })

  it('keep two groups over one member apart', async () => {
    const { pools } = testMembers(1)
    const [one, two] = [balance(pools), balance(pools)]
    const heard: string[] = []
    one.on('connect', () => heard.push('one'))
    two.on('connect', () => heard.push('two'))
    one.removeAllListeners()
    await pools[0]?.warm(1)
    expect(heard).toEqual(['two'])
    two.removeAllListeners('connect')
    expect(listenersOn(pools)).toBe(0)
  })

  it('tell pause, resume, flush and close of the group once, and a member’s own as the member’s', async () => {
    const { group: pool, pools } = group(2)
    await pool.warm(2)
    const heard = record(pool, 'pause', 'resume', 'flush', 'close')
    pool.pause()
    pool.resume()
    pool.resume()
    pool.flush()
    pools[1]?.pause()
    pools[1]?.resume()
    pools[0]?.flush({ leased: 'now' })
    await pool.close()
    pool.pause()
    pool.flush()
    expect(heard.map(({ name, event }) => [name, event])).toEqual([
      ['pause', { pool: 'group', waiters: 'hold' }],
      ['resume', { pool: 'group' }],
      ['flush', { pool: 'group', generation: 1, leased: 'on-release' }],
      ['pause', { pool: 'b', waiters: 'hold' }],
      ['resume', { pool: 'b' }],
      ['flush', { pool: 'a', generation: 2, leased: 'now' }],
      ['close', { pool: 'group' }],
    ])
  })

  it('tell quiet when all members are, and nobody is on the way to the next', async () => {
    const { group: pool, members, clock } = group(2, { size: { max: 1 } })
    const heard = record(pool, 'quiet')
    const leases = [await pool.acquire(), await pool.acquire()]
    leases[0]?.release()
    expect(heard).toEqual([])
    leases[1]?.release()
    expect(heard.map(({ event }) => event)).toEqual([{ pool: 'group' }])
    pool.flush()
    members[0]!.server = 'down'
    members[1]!.server = 'down'
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CONNECT' })
    await clock.settle()
    expect(heard.length).toBe(2)
  })

  it('go to error when a listener of the group throws at its own event', () => {
    const { group: pool } = group(2)
    const thrown = new Error('listener')
    const errors = record(pool, 'error')
    pool.on('pause', () => {
      throw thrown
    })
    pool.pause()
    expect(errors.map(({ event }) => event)).toEqual([{ pool: 'group', error: thrown, source: 'listener' }])
  })

  it.each<keyof PoolEvents>(['connect', 'transition', 'acquire', 'release', 'disconnect'])(
    'of members survive a listener that throws: %s',
    async (name) => {
      const { group: pool } = group(2)
      vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      pool.on('error', () => {
        throw new Error('this too')
      })
      pool.on(name, () => {
        throw new Error('listener')
      })
      await pool.use(() => {})
      await pool.close()
      expect(pool.stats()).toMatchObject({ state: 'closed', acquired: 1 })
    },
  )
})

describe('stats and connections', () => {
  it('are sums and the highest ages, and agree', async () => {
    const { group: pool, pools, clock } = group(3, { stats: 'full', size: { max: 1 } })
    const held = await leaseAll(pools[1] as never, 1)
    await clock.advance(10)
    held.push(...(await leaseAll(pools[0] as never, 1)))
    await pools[2]?.warm(1)
    await clock.advance(5)
    follow(pools[1]!.acquire())
    await clock.advance(3)
    const stats = pool.stats()
    expect(stats).toMatchObject({
      state: 'running',
      max: 3,
      size: 3,
      connected: 2,
      idle: 1,
      leases: 2,
      waiting: 1,
      opened: 3,
      acquired: 2,
      oldestLease: 18,
      oldestWaiter: 3,
    })
    expect(stats.histograms).toBeUndefined()
    expect([...pool.connections()].map(({ state }) => state).sort()).toEqual([
      'connected.leased',
      'connected.leased',
      'idle.ready',
    ])
    held[0]?.destroy()
    expect(pool.stats().closed).toMatchObject({ destroyed: 1, lost: 0 })
    expect('oldestWaiter' in balance(testMembers(2).pools).stats()).toBe(false)
  })

  it('say what members have in common: running if any is, then paused, closing, closed', async () => {
    const { group: pool, pools } = group(2)
    pools[0]?.pause()
    expect(pool.stats().state).toBe('running')
    pools[1]?.pause()
    expect(pool.stats().state).toBe('paused')
    await pools[0]?.close()
    expect(pool.stats().state).toBe('paused')
    await pools[1]?.close()
    expect(pool.stats().state).toBe('closed')
  })
})

it('flush gives all members a new generation', async () => {
  const { group: pool } = group(2)
  await pool.warm(2)
  pool.flush()
  expect(pool.stats()).toMatchObject({ generation: 1, size: 0, closed: { stale: 2 } })
})

it('is itself a member like any other', async () => {
  const { pools, clock } = testMembers(4, { size: { max: 2 } })
  const pool = failover([balance(pools.slice(0, 2), { clock }), balance(pools.slice(2), { clock })], { clock })
  pool.resize({ max: 10, min: 4 })
  await pool.warm()
  expect(pools.map((one) => [one.stats().max, one.stats().size])).toEqual([
    [3, 1],
    [2, 1],
    [3, 1],
    [2, 1],
  ])
  const heard = record(pool, 'pause', 'close')
  const order = await Promise.all([1, 2].map(() => pool.use((resource: TestResource) => origin(resource))))
  expect(order.every((name) => 'ab'.includes(name))).toBe(true)
  pool.pause()
  await pool.close()
  expect(heard.map(({ name }) => name)).toEqual(['pause', 'close'])
  expect(clock.pending).toBe(0)
})

it('notices an abort that comes while its acquire is being asked for', async () => {
  const aborter = new AbortController()
  const check = async () => aborter.abort()
  const { group: pool, clock, pools } = group(2, { health: { after: 0 } }, { check })
  for (const lease of await leaseAll(pool, 1)) lease.release()
  await clock.advance(50)
  const asked = follow(pool.acquire({ signal: aborter.signal }))
  await clock.settle()
  expect(asked.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_ABORTED' })
  expect(pools.map((member) => member.stats().waiting)).toEqual([0, 0])
})
