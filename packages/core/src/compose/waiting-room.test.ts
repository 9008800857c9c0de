import { describe, expect, it } from 'vitest'
import { leaseAll, listenersOn, origin, refused, testMembers } from '../../test/group-fixture.js'
import type { TestResource } from '../../test/test-adapter.js'
import { follow, record } from '../../test/test-pool.js'
import type { Pool } from '../pool/pool.js'
import { balance } from './balance.js'
import { failover } from './failover.js'

const full = { size: { max: 1 } }
const roundRobin = { pick: 'round-robin', eject: false } as const

/** Two members of one connection each, both leased; `held[0]` is a's. */
async function bothBusy(options = {}, overrides = {}) {
  const { clock, members, pools } = testMembers(2, { ...full, ...options }, overrides)
  const held = await Promise.all(pools.map((pool) => pool.acquire()))
  const group = balance(pools, { ...roundRobin, clock })
  return { clock, members, pools, held, group }
}

describe('invariant 4 in a group', () => {
  it('serves an acquire that waits for one member from another that comes free first', async () => {
    const { group, held, pools, clock } = await bothBusy()
    const waiting = follow(group.acquire())
    await clock.settle()
    expect(pools.map((pool) => pool.stats().waiting)).toEqual([1, 0])
    held[1]?.release()
    await clock.settle()
    expect(origin(waiting.value.resource)).toBe('b')
    expect(group.stats()).toMatchObject({ waiting: 0, leases: 2, acquired: 3, aborted: 0, idle: 0 })
    expect(listenersOn(pools)).toBe(0)
  })

  it('does the same for use, and runs its function once', async () => {
    const { group, held, clock, pools } = await bothBusy()
    let runs = 0
    const used = follow(
      group.use(async (resource) => {
        runs++
        await clock.settle()
        return origin(resource)
      }),
    )
    await clock.settle()
    held[1]?.release()
    await clock.settle()
    held[0]?.release()
    await clock.settle()
    await clock.settle()
    expect(used).toMatchObject({ state: 'fulfilled', value: 'b' })
    expect(runs).toBe(1)
    expect(group.stats()).toMatchObject({ waiting: 0, leases: 0, idle: 2, acquired: 3, aborted: 0 })
    expect(listenersOn(pools)).toBe(0)
  })

  it('releases at once what a member grants in the turn in which another has served the acquire', async () => {
    const { group, held, clock, pools } = await bothBusy()
    const waiting = follow(group.acquire())
    await clock.settle()
    held[0]?.release()
    held[1]?.release()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
    expect(group.stats()).toMatchObject({ leases: 1, idle: 1, waiting: 0, acquired: 3 })
    waiting.value.release()
    expect(listenersOn(pools)).toBe(0)
  })

  it('lends the surplus of such a turn to whoever is next', async () => {
    const { group, held, clock } = await bothBusy()
    const waiting = [1, 2].map(() => follow(group.acquire()))
    await clock.settle()
    held[0]?.release()
    held[1]?.release()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled'])
    expect(new Set(waiting.map(({ value }) => origin(value.resource)))).toEqual(new Set(['a', 'b']))
  })

  it('takes a connection only once its check has passed, and has the next one checked when it fails', async () => {
    let checks = 0
    const check = async () => {
      checks++
      if (checks === 1) throw new Error('unhealthy')
    }
    const { clock, pools } = testMembers(2, (i) => ({ size: { max: i === 0 ? 1 : 2 }, health: { after: 100 } }), {
      check,
    })
    await pools[0]?.acquire()
    const idle = await leaseAll(pools[1] as never, 2)
    for (const lease of idle) lease.release()
    await clock.advance(200)
    const group = balance(pools, { ...roundRobin, clock })
    const waiting = follow(group.acquire())
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
    expect(origin(waiting.value.resource)).toBe('b')
    expect(checks).toBe(2)
    expect(group.stats()).toMatchObject({ waiting: 0 })
  })

  it('holds for a connection that others keep, where no transition tells of a lease that ends', async () => {
    const { group, held, clock, pools } = await bothBusy({}, { capacity: () => 2 })
    const more = await Promise.all(pools.map((pool) => pool.acquire()))
    const acquired = follow(group.acquire())
    await clock.settle()
    expect(group.stats()).toMatchObject({ size: 2, leases: 4, waiting: 1 })
    more[1]?.release()
    await clock.settle()
    expect(acquired.state).toBe('fulfilled')
    const elsewhere = follow(group.acquire({ timeout: 1 }))
    await clock.advance(1)
    expect(elsewhere.state).toBe('rejected')
    const used = follow(group.use((resource) => origin(resource)))
    await clock.settle()
    expect(pools.map((pool) => pool.stats().waiting)).toEqual([1, 0])
    held[1]?.release()
    await clock.settle()
    expect(used).toMatchObject({ state: 'fulfilled', value: 'b' })
    // And at once, whichever member is picked.
    for (let i = 0; i < 2; i++) expect(await group.use((resource) => origin(resource))).toBe('b')
    expect(group.stats()).toMatchObject({ acquired: 8, leases: 3 })
  })

  it('serves those who wait elsewhere when a paused member resumes', async () => {
    const { clock, pools } = testMembers(2, full)
    await pools[0]?.acquire()
    ;(await pools[1]?.acquire())?.release()
    pools[1]?.pause()
    const group = balance(pools, { ...roundRobin, clock })
    const waiting = follow(group.acquire())
    await clock.settle()
    expect(waiting.state).toBe('pending')
    pools[1]?.resume()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })

  it('holds for one who was refused by a member that is ready by the time the refusal is heard', async () => {
    const { clock, pools } = testMembers(2, full)
    await pools[0]?.acquire()
    await pools[1]?.warm(1)
    const group = balance(pools, { ...roundRobin, clock })
    group.pause({ waiters: 'reject' })
    expect(group.tryAcquire()).toBeUndefined()
    const waiting = follow(group.acquire())
    group.resume()
    await clock.settle()
    expect(origin(waiting.value.resource)).toBe('b')
  })

  it('takes no second connection for a use that has been promised one', async () => {
    const { clock, pools } = testMembers(3, full)
    const held = await Promise.all(pools.map((pool) => pool.acquire()))
    const group = balance(pools, { ...roundRobin, clock })
    const used = follow(group.use(() => 1))
    await clock.settle()
    held[1]?.release()
    held[2]?.release()
    await clock.settle()
    expect(used.state).toBe('fulfilled')
    expect(pools.map((pool) => pool.stats().acquired)).toEqual([1, 2, 1])
  })

  it('holds across a balance of balances', async () => {
    const { clock, pools } = testMembers(4, full)
    const held = await Promise.all(pools.map((pool) => pool.acquire()))
    const inner = [
      balance(pools.slice(0, 2), { ...roundRobin, clock }),
      balance(pools.slice(2), { ...roundRobin, clock }),
    ]
    const group = balance(inner, { ...roundRobin, clock })
    const waiting = [follow(group.acquire()), follow(group.use((resource) => origin(resource)))]
    await clock.settle()
    expect(group.stats().waiting).toBe(2)
    held[3]?.release()
    await clock.settle()
    expect(waiting[0]).toMatchObject({ state: 'fulfilled' })
    held[1]?.release()
    await clock.settle()
    expect(waiting[1]).toMatchObject({ state: 'fulfilled' })
    expect(group.stats()).toMatchObject({ waiting: 0, aborted: 0, leases: 3 })
    expect(listenersOn(pools)).toBe(0)
    expect(listenersOn(inner)).toBe(0)
  })

  it('does not hold for a fresh acquire, which no idle connection serves', async () => {
    const { clock, members, pools } = testMembers(2, full)
    await leaseAll(pools[0] as never, 1)
    const group = balance(pools, { ...roundRobin, clock })
    const idle = await pools[1]?.acquire()
    const fresh = follow(group.acquire({ fresh: true }))
    await clock.settle()
    idle?.release()
    await clock.settle()
    expect(fresh.state).toBe('pending')
    expect(members[1]?.opens).toBe(1)
    const other = follow(group.acquire())
    await clock.settle()
    expect(origin(other.value.resource)).toBe('b')
  })
})

describe('order', () => {
  it('serves the oldest acquire first, wherever it waits', async () => {
    const { clock, pools } = testMembers(3, full)
    const held = await Promise.all(pools.map((pool) => pool.acquire()))
    const group = balance(pools.slice(0, 2), { ...roundRobin, clock })
    const waiting = Array.from({ length: 4 }, () => follow(group.acquire()))
    await clock.settle()
    const order: number[] = []
    held[1]?.release()
    for (let i = 0; i < 4; i++) {
      await clock.settle()
      const now = waiting.findIndex(({ state }, n) => state === 'fulfilled' && !order.includes(n))
      order.push(now)
      waiting[now]?.value.release()
    }
    expect(order).toEqual([0, 1, 2, 3])
  })

  it('lets a higher priority go first', async () => {
    const { group, held, clock } = await bothBusy()
    const low = follow(group.acquire({ priority: 0 }))
    await clock.settle()
    const waitsForB = follow(group.acquire({ timeout: 5 }))
    await clock.settle()
    const high = follow(group.acquire({ priority: 9 }))
    await clock.advance(5)
    expect(waitsForB.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' })
    held[1]?.release()
    await clock.settle()
    expect([low.state, high.state]).toEqual(['pending', 'fulfilled'])
    held[0]?.release()
    await clock.settle()
    expect(low.state).toBe('fulfilled')
  })

  it('lets neither tryAcquire nor a new acquire overtake', async () => {
    const { group, held, clock, pools } = await bothBusy()
    const got: string[] = []
    const first = group.acquire().then(() => got.push('first'))
    await clock.settle()
    // Heard before the room hears it: at this moment the connection is ready, and nobody but the first may have it.
    pools[1]?.on('transition', ({ to }) => {
      if (to !== 'idle.ready' || got.length > 0) return
      got.push(`tryAcquire: ${group.tryAcquire()}`)
      void group.acquire().then(() => got.push('second'))
    })
    held[1]?.release()
    await clock.settle()
    await first
    expect(got).toEqual(['tryAcquire: undefined', 'first'])
  })

  it('passes by a client that is at its limit with the member that comes free', async () => {
    const perClient = { acquire: { perClient: { max: 1 } } }
    const { clock, pools } = testMembers(2, { size: { max: 2 }, ...perClient })
    const busy = await Promise.all([
      ...['v', 'w'].map((client) => pools[0]?.acquire({ client })),
      ...['x', 'y'].map((client) => pools[1]?.acquire({ client })),
    ])
    const group = balance(pools, { ...roundRobin, clock })
    const limited = follow(group.acquire({ client: 'x' }))
    await clock.settle()
    const spare = follow(group.acquire({ timeout: 1, client: 'u' }))
    await clock.advance(1)
    expect(spare.state).toBe('rejected')
    const other = follow(group.acquire({ client: 'z' }))
    await clock.settle()
    expect(pools.map((pool) => pool.stats().waiting)).toEqual([2, 0])
    busy[3]?.release()
    await clock.settle()
    expect([limited.state, other.state]).toEqual(['pending', 'fulfilled'])
    busy[2]?.release()
    await clock.settle()
    expect(limited.state).toBe('fulfilled')
  })
})

describe('signals and deadlines', () => {
  it('rejects at the deadline and leaves nothing behind', async () => {
    const { group, clock, pools } = await bothBusy()
    const waiting = follow(group.acquire({ timeout: 70 }))
    await clock.advance(69)
    expect(waiting.state).toBe('pending')
    await clock.advance(1)
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', pool: 'a', waited: 70 })
    expect(group.stats()).toMatchObject({ waiting: 0, timedOut: 1 })
    expect(listenersOn(pools)).toBe(0)
  })

  it('rejects at once when the signal aborts, and takes its listener off', async () => {
    const { group, clock, pools } = await bothBusy()
    const controller = new AbortController()
    const { signal } = controller
    let listening = 0
    const { addEventListener, removeEventListener } = signal
    Object.assign(signal, {
      addEventListener: (...args: Parameters<typeof addEventListener>) => {
        listening++
        addEventListener.apply(signal, args)
      },
      removeEventListener: (...args: Parameters<typeof removeEventListener>) => {
        listening--
        removeEventListener.apply(signal, args)
      },
    })
    const waiting = [follow(group.acquire({ signal })), follow(group.use(() => 1, { signal }))]
    await clock.settle()
    expect(listening).toBe(2)
    controller.abort(new Error('enough'))
    await clock.settle()
    for (const { error } of waiting) {
      expect(error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_ABORTED', cause: new Error('enough') })
    }
    expect(listening).toBe(0)
    expect(group.stats()).toMatchObject({ waiting: 0, aborted: 2 })
    expect(listenersOn(pools)).toBe(0)
  })

  it('lets an aborted signal win even over an idle connection', async () => {
    const { clock, pools } = testMembers(2)
    ;(await pools[0]?.acquire())?.release()
    const group = balance(pools, { clock })
    const signal = AbortSignal.abort('no')
    let ran = false
    const run = () => {
      ran = true
    }
    for (const asked of [group.acquire({ signal }), group.use(run, { signal })]) {
      await expect(asked).rejects.toMatchObject({ code: 'ERR_POOL_ACQUIRE_ABORTED', cause: 'no' })
    }
    expect(ran).toBe(false)
  })

  it('settles by an abort or by a grant in the same turn, whichever came first', async () => {
    for (const member of [0, 1]) {
      for (const order of ['grant first', 'abort first']) {
        const { group, held, clock, pools } = await bothBusy()
        const controller = new AbortController()
        const waiting = follow(group.acquire({ signal: controller.signal }))
        await clock.settle()
        if (order === 'abort first') controller.abort()
        held[member]?.release()
        if (order === 'grant first') controller.abort()
        await clock.settle()
        expect(waiting.state).toBe(order === 'grant first' ? 'fulfilled' : 'rejected')
        expect(group.stats().leases).toBe(order === 'grant first' ? 2 : 1)
        expect(listenersOn(pools)).toBe(0)
      }
    }
  })
})

describe('a member that is gone', () => {
  it('does not take those who wait for it with it', async () => {
    const { group, held, clock, pools } = await bothBusy()
    const waiting = follow(group.acquire())
    await clock.settle()
    void pools[0]?.close()
    await clock.settle()
    expect(waiting.state).toBe('pending')
    expect(pools[1]?.stats().waiting).toBe(1)
    held[1]?.release()
    await clock.settle()
    expect(origin(waiting.value.resource)).toBe('b')
    expect(group.stats()).toMatchObject({ rejected: 0, state: 'running' })
  })

  it('is not waited for alone once it pauses', async () => {
    const { clock, members, pools } = testMembers(2, { size: { max: 1 } })
    await pools[0]?.acquire()
    const group = balance(pools, { ...roundRobin, clock })
    members[1]!.server = 'hanging'
    const waiting = follow(group.acquire({ timeout: 100 }))
    await clock.settle()
    expect(pools.map((pool) => pool.stats().waiting)).toEqual([1, 0])
    pools[0]?.pause()
    await clock.settle()
    expect(pools.map((pool) => pool.stats().waiting)).toEqual([1, 1])
    expect(group.stats()).toMatchObject({ waiting: 1 })
    await clock.advance(100)
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', waited: 100 })
    expect(group.stats()).toMatchObject({ waiting: 0, timedOut: 1, aborted: 0 })
    expect(listenersOn(pools)).toBe(0)
  })

  it('is waited for alone all the same when the whole group pauses', async () => {
    const { group, clock, pools } = await bothBusy()
    follow(group.acquire())
    await clock.settle()
    group.pause()
    group.resume()
    expect(pools.map((pool) => pool.stats().waiting)).toEqual([1, 0])
  })

  it('is not waited for alone once it is ejected', async () => {
    // It stays silent rather than failing its waiters; those who give up waiting eject it.
    const { clock, members, pools } = testMembers(2, { connect: { retry: true } })
    members[0]!.server = 'hanging'
    const group = failover(pools, { failures: 2, clock })
    const patient = follow(group.acquire())
    const impatient = [1, 2].map(() => follow(group.acquire({ timeout: 50 })))
    await clock.advance(49)
    expect(patient.state).toBe('pending')
    await clock.advance(1)
    expect(impatient.map(({ error }) => (error as { phase?: string }).phase)).toEqual(['connecting', 'connecting'])
    expect(origin(patient.value.resource)).toBe('b')
    expect(group.stats()).toMatchObject({ waiting: 0, timedOut: 2, aborted: 0 })
    expect(listenersOn(pools)).toBe(0)
  })
})

describe('listeners that interfere', () => {
  it('that throw change nothing', async () => {
    const { group, held, clock, pools } = await bothBusy()
    const errors: unknown[] = []
    group.on('error', ({ error }) => errors.push(error))
    group.on('transition', () => {
      throw refused
    })
    const waiting = follow(group.acquire())
    await clock.settle()
    held[1]?.release()
    await clock.settle()
    expect(origin(waiting.value.resource)).toBe('b')
    expect(errors.length).toBeGreaterThan(0)
    group.removeAllListeners()
    expect(listenersOn(pools)).toBe(0)
  })

  it('that acquire, release and abort from within leave every acquire settled once', async () => {
    const { group, held, clock, pools } = await bothBusy()
    const controller = new AbortController()
    const first = follow(group.acquire({ signal: controller.signal, timeout: 1_000 }))
    const nested: ReturnType<typeof follow>[] = []
    await clock.settle()
    let depth = 0
    group.on('transition', () => {
      if (depth > 3) return
      depth++
      nested.push(follow(group.acquire({ timeout: 500 })))
      nested.push(follow(group.use(() => 1, { timeout: 500 })))
      controller.abort()
      held[0]?.[Symbol.dispose]()
    })
    held[1]?.release()
    await clock.settle()
    for (let i = 0; i < 20; i++) {
      for (const { value } of [first, ...nested]) (value as { [Symbol.dispose]?: () => void })?.[Symbol.dispose]?.()
      await clock.settle()
    }
    await clock.advance(1_000)
    expect([first, ...nested].filter(({ state }) => state === 'pending')).toEqual([])
    expect(group.stats()).toMatchObject({ leases: 0, waiting: 0, idle: 2 })
    group.removeAllListeners()
    expect(listenersOn(pools)).toBe(0)
  })
})

it('tells no one when one acquire waits in the stead of another', async () => {
  const { group, held, clock } = await bothBusy()
  const heard = record(group, 'acquiring', 'acquireError')
  const waiting = [1, 2].map(() => follow(group.acquire()))
  await clock.settle()
  // The second waits for b, whose connection goes to the first; now it waits for a.
  held[1]?.release()
  await clock.settle()
  expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending'])
  expect(heard.map(({ name, event }) => [name, event.pool])).toEqual([
    ['acquiring', 'a'],
    ['acquiring', 'b'],
  ])
  expect(group.stats()).toMatchObject({ waiting: 1, aborted: 0, acquired: 3 })
})

it('tells no one of the acquires that it takes back from a member', async () => {
  const { group, held, clock } = await bothBusy()
  const heard = record(group, 'acquireError', 'acquire', 'acquiring')
  follow(group.acquire())
  await clock.settle()
  held[1]?.release()
  await clock.settle()
  expect(heard.map(({ name, event }) => [name, event.pool])).toEqual([
    ['acquiring', 'a'],
    ['acquire', 'b'],
  ])
})

it('an acquire served while it asks a member for what is ready does not wait there as well', async () => {
  const { pools, clock } = testMembers(2, { size: { max: 5 }, acquire: { perClient: { max: 1 } } })
  const [a, b] = pools as [Pool<TestResource>, Pool<TestResource>]
  await leaseAll(b, 5)
  await a.warm(5)
  await a.acquire({ client: 'x' })
  follow(a.acquire({ client: 'x' }))
  const group = balance(pools, { clock, pick: 'least-leased' })
  const granted = record(a, 'acquire')
  const take = a.tryAcquire.bind(a)
  let asked = 0
  a.tryAcquire = (options) => {
    asked++
    if (asked > 2) return take(options)
    if (asked === 2) follow(group.acquire())
    return undefined
  }
  const first = follow(group.acquire())
  await clock.settle()
  expect([first.state, granted.length]).toEqual(['fulfilled', 2])
})
