import { describe, expect, it } from 'vitest'
import { leaseAll, testMembers } from '../../test/group-fixture.js'
import { testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { type TestResource, testAdapter } from '../../test/test-adapter.js'
import { follow, type Outcome } from '../../test/test-pool.js'
import type { Adapter } from '../adapter/adapter.js'
import type { Policy } from '../policies/policy.js'
import { createPool } from '../pool/create-pool.js'
import type { Pool } from '../pool/pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import { shareLimit } from './share-limit.js'

type TestPools = [Pool<TestResource>, Pool<TestResource>, Pool<TestResource>]

/** Three pools that share a limit. */
function sharing(
  max: number,
  options: PoolOptions | ((index: number) => PoolOptions) = {},
  overrides: Partial<Adapter<TestResource>> = {},
) {
  const limit = shareLimit(max)
  const made = testMembers(
    3,
    (index) => {
      const { policies = [], ...given } = typeof options === 'function' ? options(index) : options
      return { ...given, policies: [...policies, limit] }
    },
    { isUsable: (resource) => resource.usable, ...overrides },
  )
  const pools = made.pools as TestPools
  const sizes = () => pools.map((pool) => pool.stats().size)
  const most = { size: 0 }
  for (const pool of pools) {
    pool.on('connecting', () => {
      most.size = Math.max(
        most.size,
        sizes().reduce((sum, size) => sum + size),
      )
    })
  }
  return { ...made, pools, sizes, most, limit }
}

function states(outcomes: readonly Outcome<unknown>[]): string[] {
  return outcomes.map(({ state }) => state)
}

it.each([0, -1, 1.5, Number.NaN, '3', undefined, Number.POSITIVE_INFINITY])('refuses %j for its limit', (max) => {
  expect(() => shareLimit(max as number)).toThrow(
    expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option: 'shareLimit' }),
  )
})

it('has a name that says the limit', () => {
  expect(shareLimit(7).name).toBe('shareLimit(7)')
})

it('is one budget for each call: two limits know nothing of one another', async () => {
  const [first, second] = [sharing(1), sharing(1)]
  await first.pools[0].acquire()
  await second.pools[0].acquire()
  expect([first.sizes(), second.sizes()]).toEqual([
    [1, 0, 0],
    [1, 0, 0],
  ])
})

describe('the budget', () => {
  it('is never exceeded, whoever asks (invariant 2)', async () => {
    const { pools, clock, members, most } = sharing(4, { size: { max: 3 }, connect: { growth: 'eager' } })
    for (const member of members) member.delay = 20
    const used = Array.from({ length: 60 }, (_, i) =>
      follow(pools[i % 3]!.use(() => new Promise<void>((resolve) => clock.setTimeout(resolve, 3 + (i % 5))))),
    )
    await clock.advance(20_000)
    expect([most.size, new Set(states(used))]).toEqual([4, new Set(['fulfilled'])])
  })

  it('does not lift the limit of a pool by itself', async () => {
    const { pools, clock, sizes } = sharing(10, { size: { max: 2 }, connect: { growth: 'eager' } })
    for (let i = 0; i < 5; i++) follow(pools[0].acquire())
    await clock.settle()
    expect(sizes()).toEqual([2, 0, 0])
  })

  it.each(['down', 'hanging'] as const)('comes back from an open whose server is %s', async (server) => {
    const { pools, clock, members, most } = sharing(2, { connect: { timeout: 100 }, close: { timeout: 50 } })
    const [dead] = members
    if (dead !== undefined) dead.server = server
    for (let i = 0; i < 5; i++) {
      const [failing, good] = [follow(pools[0].acquire({ timeout: 400 })), follow(pools[1].use(() => {}))]
      await clock.advance(500)
      expect([failing.state, good.state]).toEqual(['rejected', 'fulfilled'])
    }
    pools[1].flush()
    await clock.advance(10_000)
    await Promise.all([leaseAll(pools[1], 1), leaseAll(pools[2], 1)])
    expect(most.size).toBeLessThanOrEqual(2)
  })

  it('comes back once from an abandoned open that arrives late', async () => {
    const { pools, clock, members, sizes } = sharing(1, { connect: { timeout: 100 }, close: { timeout: 50 } })
    const [slow] = members
    if (slow !== undefined) slow.delay = 1_000
    follow(pools[0].acquire())
    await clock.advance(200)
    await pools[1].acquire()
    await clock.advance(2_000)
    const waiting = follow(pools[2].acquire())
    await clock.settle()
    expect([pools[0].stats().late, sizes(), waiting.state]).toEqual([1, [0, 1, 0], 'pending'])
  })

  it('does not count what was detached', async () => {
    const { pools, sizes } = sharing(1)
    for (let i = 0; i < 3; i++) (await pools[0].acquire()).detach()
    await pools[1].acquire()
    expect(sizes()).toEqual([0, 1, 0])
  })

  it('comes back when an open is given up before it began, by whom it is told of (re-entrance)', async () => {
    const { pools, clock, sizes } = sharing(1)
    pools[0].once('connecting', () => pools[0].flush())
    pools[0].once('retire', () => {})
    const first = follow(pools[0].acquire())
    await clock.settle()
    if (first.state === 'fulfilled') first.value.destroy()
    await clock.settle()
    await pools[1].acquire()
    expect(sizes()).toEqual([0, 1, 0])
  })

  it.each(['close', 'destroy'] as const)('comes back when a pool is ended by `%s`', async (how) => {
    const { pools, clock, sizes } = sharing(2)
    for (const lease of await leaseAll(pools[0], 2)) lease.release()
    const held = await pools[0].acquire()
    const waiting = [follow(pools[1].acquire()), follow(pools[2].acquire())]
    await clock.settle()
    expect(states(waiting)).toEqual(['fulfilled', 'pending'])
    const ended = follow(pools[0][how]())
    await clock.settle()
    held.release()
    await clock.settle()
    expect([ended.state, states(waiting), sizes()]).toEqual(['fulfilled', ['fulfilled', 'fulfilled'], [0, 1, 1]])
  })

  it('is not given to the waiters of a pool that has closed', async () => {
    const { pools, clock } = sharing(1)
    const held = await pools[0].acquire()
    const gone = follow(pools[1].acquire())
    const waiting = follow(pools[2].acquire())
    await pools[1].close()
    held.destroy()
    await clock.settle()
    expect([gone.state, waiting.state]).toEqual(['rejected', 'fulfilled'])
  })

  it('is not taken by a pool that could not be made', async () => {
    const limit = shareLimit(1)
    const broken: Policy = {
      name: 'broken',
      attach: () => {
        throw new Error('no')
      },
    }
    expect(() => testMembers(1, { policies: [limit, broken] })).toThrow()
    const [pool] = testMembers(1, { policies: [limit] }).pools
    await expect(pool?.acquire()).resolves.toBeDefined()
  })

  it('does not go down because another policy of the pool says no', async () => {
    let isOpen = false
    let host: { wake(): void } | undefined
    const gate: Policy = {
      name: 'gate',
      attach: (given) => {
        host ??= given
        return { mayOpen: () => (isOpen ? 'admit' : 'wait') }
      },
    }
    const { pools, clock, sizes } = sharing(1, (index) => (index === 0 ? { policies: [gate] } : {}))
    const held = await pools[1].acquire()
    const gated = follow(pools[0].acquire())
    const waiting = follow(pools[2].acquire())
    held.destroy()
    await clock.settle()
    expect([gated.state, waiting.state]).toEqual(['pending', 'fulfilled'])
    waiting.value.release()
    isOpen = true
    host?.wake()
    await clock.settle()
    expect([gated.state, sizes()]).toEqual(['fulfilled', [1, 0, 0]])
  })

  it('does not stay taken when a policy that is asked before it ends the connection that comes back', async () => {
    let end: (() => void) | undefined
    const meddler: Policy = { name: 'meddler', onRelease: () => void end?.() }
    const { pools, members, clock } = sharing(1, { policies: [meddler] })
    // Past its turn, with somebody waiting: the limit would give it up.
    for (let i = 0; i < 8; i++) (await pools[0].acquire()).release()
    const lease = await pools[0].acquire()
    const waiting = [follow(pools[1].acquire()), follow(pools[2].acquire())]
    end = () => members[0]?.resources[0]?.lose()
    lease.release()
    end = undefined
    await clock.settle()
    expect(states(waiting)).toEqual(['fulfilled', 'pending'])
    waiting[0]?.value.release()
    await clock.settle()
    expect(states(waiting)).toEqual(['fulfilled', 'fulfilled'])
  })
})

describe('room', () => {
  it('goes to whoever has waited longest, of whatever pool', async () => {
    const { pools, clock } = sharing(1)
    const held = await pools[0].acquire()
    const order: string[] = []
    for (const [i, name] of [
      [2, 'c1'],
      [1, 'b1'],
      [2, 'c2'],
      [0, 'a1'],
      [1, 'b2'],
    ] as const) {
      void pools[i].acquire().then((lease) => {
        order.push(name)
        clock.setTimeout(() => lease.destroy(), 1)
      })
      await clock.advance(10)
    }
    held.destroy()
    await clock.advance(100)
    expect(order).toEqual(['c1', 'b1', 'c2', 'a1', 'b2'])
  })

  it('is made by the connection that has been idle for longest of any pool', async () => {
    const { pools, clock, sizes } = sharing(3)
    for (const i of [1, 0, 1]) {
      const lease = await pools[i]!.acquire({ fresh: true })
      await clock.advance(10)
      lease.release()
    }
    expect(sizes()).toEqual([1, 2, 0])
    const ids = () => pools.map((pool) => [...pool.connections()].map(({ id }) => id))
    await pools[2].acquire()
    expect(ids()).toEqual([[1], [2], [1]])
    await pools[2].acquire()
    expect(ids()).toEqual([[], [2], [1, 2]])
  })

  it('is not made by what size.min or size.minSpare keeps', async () => {
    const { pools, clock, sizes } = sharing(3, (index) =>
      index === 0 ? { size: { min: 1 } } : index === 1 ? { size: { minSpare: 1 } } : {},
    )
    await clock.settle()
    expect(sizes()).toEqual([1, 1, 0])
    await pools[2].acquire()
    const waiting = follow(pools[2].acquire())
    await clock.advance(1_000)
    expect([waiting.state, sizes()]).toEqual(['pending', [1, 1, 1]])
  })

  it('is not asked for by an acquire that finds a connection idle', async () => {
    const { pools, sizes } = sharing(2)
    for (const i of [0, 1]) (await pools[i]!.acquire()).release()
    await pools[0].acquire()
    await pools[1].acquire()
    expect(sizes()).toEqual([1, 1, 0])
  })

  it('is looked for again when a connection comes to rest', async () => {
    const { pools, clock, sizes } = sharing(1)
    const held = await pools[0].acquire()
    const waiting = follow(pools[1].acquire())
    await clock.advance(10)
    held.release()
    await clock.settle()
    expect([waiting.state, sizes()]).toEqual(['fulfilled', [0, 1, 0]])
  })

  it('is looked for again when an open that nobody wants any more arrives', async () => {
    const { pools, clock, members, sizes } = sharing(1)
    const [slow] = members
    if (slow !== undefined) slow.delay = 100
    follow(pools[0].acquire({ timeout: 20 }))
    const waiting = follow(pools[1].acquire())
    await clock.advance(101)
    expect([waiting.state, sizes()]).toEqual(['fulfilled', [0, 1, 0]])
  })

  it('of a lost connection is given at once, though its borrower still has it', async () => {
    const { pools, members, clock } = sharing(1)
    const held = await pools[0].acquire()
    const waiting = follow(pools[1].acquire())
    members[0]?.resources[0]?.lose()
    await clock.settle()
    expect([waiting.state, held.signal.aborted]).toEqual(['fulfilled', true])
  })

  it('goes to the next when whoever was to have it gives up in that moment (re-entrance)', async () => {
    const { pools, clock } = sharing(1)
    const held = await pools[0].acquire()
    const controller = new AbortController()
    const gone = follow(pools[1].acquire({ signal: controller.signal }))
    const waiting = follow(pools[2].acquire())
    pools[0].on('disconnect', () => controller.abort())
    held.destroy()
    await clock.settle()
    expect([gone.state, waiting.state]).toEqual(['rejected', 'fulfilled'])
  })

  it('goes to the next when whoever was to have it pauses, and comes back to it afterwards', async () => {
    const { pools, clock } = sharing(1)
    const held = await pools[0].acquire()
    const paused = follow(pools[1].acquire())
    const waiting = follow(pools[2].acquire())
    pools[1].pause()
    held.destroy()
    await clock.settle()
    expect([paused.state, waiting.state]).toEqual(['pending', 'fulfilled'])
    waiting.value.destroy()
    pools[1].resume()
    await clock.settle()
    expect(paused.state).toBe('fulfilled')
  })

  it('goes to the next while the backoff of whoever was to have it runs, and to it afterwards', async () => {
    const { pools, clock, members } = sharing(1, { connect: { retry: true, backoff: { jitter: 0 } } })
    const [dead] = members
    if (dead !== undefined) dead.server = 'down'
    const failing = follow(pools[0].acquire())
    await clock.settle()
    const waiting = follow(pools[1].acquire())
    await clock.settle()
    expect([failing.state, waiting.state]).toEqual(['pending', 'fulfilled'])
    if (dead !== undefined) dead.server = 'up'
    await clock.advance(150)
    waiting.value.release()
    await clock.advance(150)
    expect(failing.state).toBe('fulfilled')
  })

  it('is found for a waiter that comes while a connection is being made room of, one for each', async () => {
    const { pools, clock, sizes } = sharing(3, { close: { timeout: 100 } }, { close: () => new Promise(() => {}) })
    for (const lease of await leaseAll(pools[0], 3)) lease.release()
    const waiting = [follow(pools[1].acquire()), follow(pools[2].acquire())]
    await clock.settle()
    expect(pools[0].stats()).toMatchObject({ closing: 2, idle: 1 })
    await clock.advance(100)
    expect([states(waiting), sizes()]).toEqual([
      ['fulfilled', 'fulfilled'],
      [1, 1, 1],
    ])
  })

  it('is made as much as one pool wants that has many waiters', async () => {
    const { pools, clock, sizes } = sharing(4, { connect: { growth: 'eager' } })
    for (const lease of await leaseAll(pools[0], 4)) lease.release()
    const waiting = Array.from({ length: 4 }, () => follow(pools[1].acquire()))
    await clock.advance(50)
    expect([states(waiting), sizes()]).toEqual([Array(4).fill('fulfilled'), [0, 4, 0]])
  })

  it('is given while a policy or a listener meddles with the pools (re-entrance)', async () => {
    const { pools, clock, most } = sharing(2, { size: { max: 2 } })
    let acts = 0
    for (const [i, pool] of pools.entries()) {
      for (const name of ['connecting', 'connect', 'disconnect', 'retire', 'release', 'quiet'] as const) {
        pool.on(name, () => {
          if (acts++ > 80) return
          const other = pools[(i + acts) % 3] as Pool<TestResource>
          if (acts % 4 === 0) other.flush()
          else follow(other.acquire({ timeout: 500 }).then((lease) => lease.release()))
        })
      }
    }
    follow(pools[0].use(() => {}))
    await clock.advance(20_000)
    const last = pools.map((pool) => follow(pool.use(() => {})))
    await clock.advance(2_000)
    expect([states(last), most.size]).toEqual([Array(3).fill('fulfilled'), 2])
  })
})

describe('no pool starves another (invariant 5)', () => {
  /** Keeps `count` acquires waiting, each lease lasting `ms`, and counts what is served. */
  function load({ clock }: ReturnType<typeof sharing>, pool: Pool<TestResource>, count: number, ms: number) {
    const served = { count: 0, stop: false }
    const again = async () => {
      while (!served.stop) {
        const lease = await pool.acquire({ timeout: 1_000_000 }).catch(() => undefined)
        if (lease === undefined) return
        await new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
        served.count++
        lease.release()
      }
    }
    for (let i = 0; i < count; i++) void again()
    return served
  }

  it('one that has many waiters, and one that has one', async () => {
    const made = sharing(1)
    const loads = [load(made, made.pools[0], 30, 5), load(made, made.pools[1], 1, 5)]
    await made.clock.advance(30_000)
    for (const each of loads) each.stop = true
    expect(loads[1]?.count).toBeGreaterThan(100)
    expect(loads[0]?.count).toBeGreaterThan(1_000)
  })

  it('one that is always busy gives up a connection when it has had its turn, not before', async () => {
    const made = sharing(1)
    const { pools, clock } = made
    const busy = load(made, pools[0], 3, 10)
    await clock.advance(5)
    const waiting = follow(pools[1].acquire())
    await clock.advance(55)
    expect([waiting.state, pools[0].stats().closed.surplus]).toEqual(['pending', 0])
    await clock.advance(40)
    expect([waiting.state, pools[0].stats().closed.surplus]).toEqual(['fulfilled', 1])
    busy.stop = true
  })

  it('one whose leases are long gives it up after a second, not after its turn', async () => {
    const made = sharing(1)
    const { pools, clock } = made
    const busy = load(made, pools[0], 3, 400)
    await clock.advance(5)
    const waiting = follow(pools[1].acquire())
    await clock.advance(1_300)
    expect(waiting.state).toBe('fulfilled')
    busy.stop = true
  })

  it('keeps what it has while nobody else waits', async () => {
    const made = sharing(1)
    const busy = load(made, made.pools[0], 3, 10)
    await made.clock.advance(5_000)
    busy.stop = true
    expect(made.pools[0].stats().opened).toBe(1)
  })

  it('does not open and close for every lease while two are busy', async () => {
    const made = sharing(1)
    const loads = [load(made, made.pools[0], 5, 10), load(made, made.pools[1], 5, 10)]
    await made.clock.advance(10_000)
    for (const each of loads) each.stop = true
    const opened = made.pools.reduce((sum, pool) => sum + pool.stats().opened, 0)
    const served = loads.reduce((sum, { count }) => sum + count, 0)
    expect(opened).toBeLessThan(served / 5)
  })

  it('one that opens slowly against one that opens at once', async () => {
    const made = sharing(1)
    const slow = made.members[1]
    if (slow !== undefined) slow.delay = 200
    const loads = [load(made, made.pools[0], 10, 2), load(made, made.pools[1], 2, 2)]
    await made.clock.advance(60_000)
    for (const each of loads) each.stop = true
    expect(loads[1]?.count).toBeGreaterThan(50)
  })
})

describe('size.min', () => {
  it('is opened as far as there is room, and the rest when room comes free (invariant 9)', async () => {
    const { pools, clock, sizes } = sharing(3, { size: { min: 2 } })
    await clock.settle()
    expect(sizes()).toEqual([2, 1, 0])
    await pools[0].close()
    await clock.settle()
    expect(sizes()).toEqual([0, 2, 1])
    await pools[1].close()
    await clock.settle()
    expect(sizes()).toEqual([0, 0, 2])
  })

  it('comes after everybody who waits for a lease', async () => {
    const { pools, clock, sizes } = sharing(2, (index) => (index === 1 ? { size: { min: 1 } } : {}), {})
    await clock.settle()
    const [first, second] = [await pools[0].acquire(), await pools[1].acquire()]
    second.destroy()
    const waiting = follow(pools[2].acquire())
    await clock.settle()
    expect(sizes()[0]).toBe(1)
    first.destroy()
    await clock.settle()
    expect([waiting.state, sizes()]).toEqual(['fulfilled', [0, 1, 1]])
  })

  it('is restored after a flush and after losses, in every pool that has one', async () => {
    const { pools, clock, members, sizes } = sharing(3, { size: { min: 1 } })
    await clock.settle()
    for (const pool of pools) pool.flush()
    await clock.advance(1_000)
    expect(sizes()).toEqual([1, 1, 1])
    for (const { resources } of members) resources.at(-1)?.lose()
    await clock.advance(10_000)
    expect(sizes()).toEqual([1, 1, 1])
  })

  it('is opened when room comes free, though those have given up meanwhile who waited in that pool', async () => {
    const { pools, clock, sizes } = sharing(1)
    const held = await pools[0].acquire()
    const waiting = follow(pools[1].acquire({ timeout: 50 }))
    pools[1].resize({ min: 1 })
    await clock.advance(60)
    expect(waiting.error.name).toBe('TimeoutError')
    held.destroy()
    await clock.settle()
    expect(sizes()).toEqual([0, 1, 0])
  })

  it('does not put out what others have idle', async () => {
    const { pools, clock, sizes } = sharing(2, (index) => (index === 1 ? { size: { min: 2 }, start: 'paused' } : {}))
    for (const lease of await leaseAll(pools[0], 2)) lease.release()
    pools[1].resume()
    await clock.advance(1_000)
    expect(sizes()).toEqual([2, 0, 0])
    await pools[0].close()
    await clock.settle()
    expect(sizes()).toEqual([0, 2, 0])
  })
})

it('leaves no timer behind when all pools have closed, though some still wanted room (invariant 7)', async () => {
  const { pools, clock } = sharing(1, { size: { min: 1 } })
  await clock.settle()
  const held = await pools[0].acquire()
  for (const pool of pools) follow(pool.acquire())
  held.release()
  for (const pool of pools) await pool.destroy()
  expect(clock.pending).toBe(0)
})

it('may be given to pools that come and go', async () => {
  const limit = shareLimit(2)
  for (let i = 0; i < 20; i++) {
    const { pools, clock } = testMembers(2, { policies: [limit] })
    const [first, second] = pools as [Pool<TestResource>, Pool<TestResource>]
    await first.acquire()
    await first.acquire()
    const waiting = follow(second.acquire())
    await clock.settle()
    expect([i, waiting.state]).toEqual([i, 'pending'])
    await first.destroy()
    await clock.settle()
    expect([i, waiting.state]).toEqual([i, 'fulfilled'])
    await second.destroy()
  }
})

it('may be given to pools whose connections carry several leases: it counts connections', async () => {
  const { pools, clock, sizes } = sharing(2, { size: { max: 2 } }, { capacity: () => 3 })
  const waiting = pools.slice(0, 2).flatMap((pool) => Array.from({ length: 3 }, () => follow(pool.acquire())))
  await clock.settle()
  expect([states(waiting), sizes()]).toEqual([Array(6).fill('fulfilled'), [1, 1, 0]])
})

it('may be given to a keyed pool with a total of its own, and to another pool: both limits hold (invariant 2)', async () => {
  const limit = shareLimit(4)
  const { pool: keyed, clock } = testKeyedPool({ total: 3, policies: [limit], connect: { growth: 'eager' } })
  const adapter = testAdapter()
  const plain = createPool<TestResource>(adapter, { clock, random: () => 0.5, policies: [limit], size: { max: 3 } })
  const most = { keyed: 0, both: 0 }
  const count = () => {
    const { size } = keyed.stats()
    most.keyed = Math.max(most.keyed, size)
    most.both = Math.max(most.both, size + plain.stats().size)
  }
  keyed.on('connecting', count)
  plain.on('connecting', count)
  const hold = (ms: number) => () => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
  const used = Array.from({ length: 60 }, (_, i) =>
    follow(i % 4 === 3 ? plain.use(hold(7)) : keyed.use('abc'[i % 3] as string, hold(3 + (i % 5)))),
  )
  await clock.advance(20_000)
  expect([most, new Set(states(used))]).toEqual([{ keyed: 3, both: 4 }, new Set(['fulfilled'])])
  const last = [follow(keyed.use('d', hold(1))), follow(plain.use(hold(1)))]
  await clock.advance(100)
  await Promise.all([keyed.close(), plain.close()])
  expect([states(last), clock.pending]).toEqual([['fulfilled', 'fulfilled'], 0])
})
