import { describe, expect, it } from 'vitest'
import { deferred, type TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, type Outcome, record, slowOpens, testPool } from '../../test/test-pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import type { Lease } from './lease.js'

/** A pool whose connections carry `capacity` leases each, until the far end says something else. */
function sharedPool(capacity: number, options: PoolOptions = {}, overrides: Parameters<typeof testPool>[1] = {}) {
  const said = new Map<number, number>()
  const made = testPool(options, (clock) => ({
    capacity: ({ id }: TestResource) => said.get(id) ?? capacity,
    ...(typeof overrides === 'function' ? overrides(clock) : overrides),
  }))
  /** The far end changes how much this resource carries, and says so. */
  const change = (resource: TestResource, to: number) => {
    said.set(resource.id, to)
    resource.signals?.capacityChanged()
  }
  return { ...made, change }
}

/** `count` acquires, settled. */
async function leases(pool: { acquire(): Promise<Lease<TestResource>> }, count: number) {
  return Promise.all(Array.from({ length: count }, () => pool.acquire())) as Promise<
    [Lease<TestResource>, Lease<TestResource>, Lease<TestResource>, Lease<TestResource>, Lease<TestResource>]
  >
}

const idsOf = (list: readonly Lease<TestResource>[]) => list.map(({ connection }) => connection.id)
const loads = (pool: ReturnType<typeof testPool>['pool']) => [...pool.connections()].map((info) => info.leases)

describe('a connection that carries several leases', () => {
  it('is lent to as many as it carries, and to no more (invariant 1)', async () => {
    const { pool, clock } = sharedPool(3, { size: { max: 1 } })
    await leases(pool, 3)
    const fourth = follow(pool.acquire())
    await clock.settle()
    expect(fourth.state).toBe('pending')
    expect(pool.tryAcquire()).toBeUndefined()
    expect(pool.stats()).toMatchObject({ size: 1, connected: 1, leases: 3, waiting: 1, acquired: 3 })
    expect(loads(pool)).toEqual([3])
  })

  it('is asked for its capacity once it is open', async () => {
    const { pool } = sharedPool(2, { size: { max: 2 } })
    expect(idsOf(await leases(pool, 4))).toEqual([1, 1, 2, 2])
    expect(loads(pool)).toEqual([2, 2])
  })

  it('is connected while at least one lease is active, and idle when none is', async () => {
    const { pool } = sharedPool(3)
    const [a, b, c] = await leases(pool, 3)
    for (const lease of [b, a]) {
      lease.release()
      expect(pool.stats()).toMatchObject({ connected: 1, idle: 0 })
    }
    c.release()
    expect(pool.stats()).toMatchObject({ connected: 0, idle: 1, leases: 0 })
  })

  it('takes a step in its statechart for the first lease and for the last release, and for none between', async () => {
    const { pool } = sharedPool(3)
    const [first] = await leases(pool, 1)
    first.release()
    const steps = record(pool, 'transition')
    const [a, b, c] = await leases(pool, 3)
    a.release()
    const again = await pool.acquire()
    b.release()
    again.release()
    c.release()
    expect(steps.map(({ event }) => event.event)).toEqual(['lease', 'rest'])
  })

  it('tells of every lease and every release all the same, and is quiet after the last', async () => {
    const { pool } = sharedPool(3)
    const heard = record(pool, 'acquire', 'release', 'quiet')
    const [a, b] = await leases(pool, 2)
    a.release()
    b.release()
    expect(heard.map(({ name }) => name)).toEqual(['acquire', 'acquire', 'release', 'release', 'quiet'])
  })

  it('holds the process from its first lease to its last release', async () => {
    const { pool, adapter } = sharedPool(
      2,
      {},
      { setRef: (resource, keepAlive) => Object.assign(resource, { keepAlive }) },
    )
    const [a, b] = await leases(pool, 2)
    const [resource] = adapter.resources
    a.release()
    expect(resource?.keepAlive).not.toBe(false)
    b.release()
    expect(resource?.keepAlive).toBe(false)
    await leases(pool, 2)
    expect(resource?.keepAlive).toBe(true)
  })

  it('is new to its first borrower only, and counts every lease as a use', async () => {
    const { pool } = sharedPool(2)
    const [a, b] = await leases(pool, 2)
    expect([a.reused, b.reused]).toEqual([false, true])
    expect(a.connection.uses).toBe(2)
  })

  it('gives every borrower a lease of its own: one that ends is ended alone', async () => {
    const { pool } = sharedPool(2)
    const misuses = record(pool, 'misuse')
    const [a, b] = await leases(pool, 2)
    a.release()
    a.release()
    expect(() => a.resource).toThrow(expect.objectContaining({ code: 'ERR_POOL_LEASE_RELEASED' }))
    expect(b.resource.open).toBe(true)
    expect(pool.stats().leases).toBe(1)
    expect(misuses.map(({ event }) => event.action)).toEqual(['release'])
  })

  it('is asked whether it is usable before every lease but the first, and lost under everybody when it is not', async () => {
    let usable = true
    const asked: number[] = []
    const { pool, clock } = sharedPool(
      3,
      { size: { max: 1 } },
      {
        isUsable: ({ id }) => {
          asked.push(id)
          return usable
        },
      },
    )
    const [a, b] = await leases(pool, 2)
    expect(asked).toEqual([1])
    const signals = [a.signal, b.signal]
    usable = false
    const next = follow(pool.acquire())
    await clock.settle()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(next.value.connection.id).toBe(2)
    expect(pool.stats()).toMatchObject({ leases: 1, size: 1, closed: { lost: 1 } })
  })

  it('is lent synchronously by tryAcquire while it carries more, unless somebody waits', async () => {
    const { pool, clock } = sharedPool(3, { size: { max: 1 } })
    const [first] = await leases(pool, 1)
    expect(pool.tryAcquire()?.connection.id).toBe(1)
    pool.pause()
    const waiting = follow(pool.acquire())
    expect(pool.tryAcquire()).toBeUndefined()
    pool.resume()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
    expect(pool.tryAcquire()).toBeUndefined()
    first.release()
    expect(pool.tryAcquire()?.connection.id).toBe(1)
  })

  it('goes on to the next waiter with every release, in the order of their coming (invariant 5)', async () => {
    const { pool, clock } = sharedPool(2, { size: { max: 1 } })
    const [a, b] = await leases(pool, 2)
    const order: number[] = []
    for (let i = 1; i <= 3; i++) void pool.acquire().then(() => order.push(i))
    b.release()
    await clock.settle()
    expect(order).toEqual([1])
    a.release()
    await clock.settle()
    expect(order).toEqual([1, 2])
    expect(pool.stats()).toMatchObject({ leases: 2, waiting: 1 })
  })

  it('is not lent to a fresh acquire that came after its open began, however much more it carries', async () => {
    const { pool, clock } = sharedPool(5, { size: { max: 2 } })
    await leases(pool, 1)
    const fresh = follow(pool.acquire({ fresh: true }))
    await clock.settle()
    expect(fresh.value.connection.id).toBe(2)
    expect(loads(pool)).toEqual([1, 1])
  })

  it('makes room for a fresh acquire at size.max by being retired when a borrower leaves, and the others finish', async () => {
    const { pool, clock } = sharedPool(3, { size: { max: 1 } })
    const [a, b] = await leases(pool, 2)
    const fresh = follow(pool.acquire({ fresh: true }))
    a.release()
    expect(b.connection.state).toBe('connected.leaving')
    expect(b.signal.aborted).toBe(false)
    b.release()
    await clock.settle()
    expect(fresh.value.connection.id).toBe(2)
  })
})

describe('one open', () => {
  it('serves as many waiters as its connection carries', async () => {
    const opens = gatedOpens()
    const { pool, clock } = sharedPool(3, { size: { max: 5 } }, { open: opens.open })
    const waiting = Array.from({ length: 5 }, () => follow(pool.acquire()))
    expect(opens.calls).toHaveLength(1)
    opens.calls[0]?.succeed()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'pending', 'pending'])
    expect(loads(pool)).toEqual([3, 0])
  })

  it('passes over a waiter that its grants made give up', async () => {
    const opens = gatedOpens()
    const { pool, clock } = sharedPool(2, { size: { max: 1 } }, { open: opens.open })
    const aborter = new AbortController()
    pool.once('acquire', () => aborter.abort())
    const [first, second, third] = [
      follow(pool.acquire()),
      follow(pool.acquire({ signal: aborter.signal })),
      follow(pool.acquire()),
    ]
    opens.calls[0]?.succeed()
    await clock.settle()
    expect([first.state, second.state, third.state]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(pool.stats().leases).toBe(2)
  })

  it('stops serving when a listener of the first grant pauses the pool (invariant 4)', async () => {
    const opens = gatedOpens()
    const { pool, clock } = sharedPool(3, { size: { max: 1 } }, { open: opens.open })
    pool.once('acquire', () => pool.pause())
    const waiting = [follow(pool.acquire()), follow(pool.acquire())]
    opens.calls[0]?.succeed()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending'])
    pool.resume()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled'])
  })

  it.each(['flush', 'close'] as const)(
    'stops serving when a listener of the first grant calls %s (invariant 8)',
    async (call) => {
      const opens = gatedOpens()
      const { pool, clock } = sharedPool(3, { size: { max: 1 } }, { open: opens.open })
      pool.once('acquire', () => void pool[call]())
      const [first, second] = [follow(pool.acquire()), follow(pool.acquire())]
      opens.calls[0]?.succeed()
      await clock.settle()
      expect(first.value.connection).toMatchObject({ leases: 1, state: 'connected.leaving' })
      expect(second.state).toBe(call === 'flush' ? 'pending' : 'rejected')
    },
  )
})

describe('the reset', () => {
  it('runs after the last lease only', async () => {
    const resets: number[] = []
    const { pool, clock } = sharedPool(2, {}, { reset: ({ id }) => void resets.push(id) })
    const [a, b] = await leases(pool, 2)
    a.release()
    await clock.settle()
    expect(resets).toEqual([])
    b.release()
    expect(resets).toEqual([1])
  })

  it('is not run between two leases that follow one another while a third goes on', async () => {
    const resets: number[] = []
    const { pool } = sharedPool(2, {}, { reset: ({ id }) => void resets.push(id) })
    const [held] = await leases(pool, 1)
    for (let i = 0; i < 3; i++) (await pool.acquire()).release()
    expect(resets).toEqual([])
    held.release()
    expect(resets).toEqual([1])
  })

  it('keeps the connection from everybody while it runs, and then serves all it carries (invariant 1)', async () => {
    const gate = deferred<void>()
    const { pool, clock } = sharedPool(2, { size: { max: 1 } }, { reset: () => gate.promise })
    const [a] = await leases(pool, 1)
    a.release()
    const waiting = [follow(pool.acquire()), follow(pool.acquire()), follow(pool.acquire())]
    expect(pool.tryAcquire()).toBeUndefined()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ leases: 0, waiting: 3 })
    gate.resolve()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'pending'])
  })
})

describe('capacity.placement', () => {
  it("fills the fullest connection first with 'packed', the default, and touches an idle one last", async () => {
    const { pool } = sharedPool(3, { size: { max: 3, min: 3 } })
    await pool.warm(3)
    const [a1, a2] = await leases(pool, 2)
    expect(a2.connection.id).toBe(a1.connection.id)
    await leases(pool, 2)
    expect(loads(pool).sort()).toEqual([0, 1, 3])
    a1.release()
    a2.release()
    // 1 and 1 now.
    await leases(pool, 2)
    expect(loads(pool).sort()).toEqual([0, 1, 3])
    await leases(pool, 2)
    expect(loads(pool).sort()).toEqual([0, 3, 3])
    await leases(pool, 1)
    expect(loads(pool).sort()).toEqual([1, 3, 3])
  })

  it("takes an idle connection with 'spread', then the one with the fewest leases", async () => {
    const { pool } = sharedPool(3, { size: { max: 3, min: 3 }, capacity: { placement: 'spread' } })
    await pool.warm(3)
    const [a, , , d] = await leases(pool, 4)
    expect(loads(pool).sort()).toEqual([1, 1, 2])
    await leases(pool, 2)
    expect(loads(pool)).toEqual([2, 2, 2])
    d.release()
    expect((await pool.acquire()).connection.id).toBe(d.connection.id)
    await leases(pool, 3)
    expect(loads(pool)).toEqual([3, 3, 3])
    a.release()
    expect((await pool.acquire()).connection.id).toBe(a.connection.id)
  })

  it("opens for what no connection carries any more, with either ('packed', 'spread')", async () => {
    for (const placement of ['packed', 'spread'] as const) {
      const { pool } = sharedPool(2, { size: { max: 2 }, capacity: { placement } })
      await leases(pool, 4)
      expect(loads(pool), placement).toEqual([2, 2])
    }
  })

  it("lends a connection that is in use rather than one that must be checked first, also with 'spread'", async () => {
    const { pool, clock } = sharedPool(
      2,
      { size: { max: 2, min: 2 }, capacity: { placement: 'spread' }, health: { after: 0 } },
      { check: () => new Promise(() => {}) },
    )
    await pool.warm(2)
    const [a] = await leases(pool, 1)
    await clock.advance(100)
    expect(pool.tryAcquire()?.connection.id).toBe(a.connection.id)
  })

  it('lets the connections that packing frees time out', async () => {
    const { pool, clock } = sharedPool(4, { size: { max: 4 }, idle: { timeout: 100 } })
    const all = await leases(pool, 4)
    const more = await leases(pool, 4)
    for (const lease of [...all.slice(2), ...more.slice(2)]) lease.release()
    // 2 and 2 leases: the next go where most are.
    for (const lease of more.slice(0, 2)) lease.release()
    const again = await leases(pool, 2)
    expect(new Set(idsOf(again))).toEqual(new Set(idsOf(all.slice(0, 1))))
    await clock.advance(200)
    expect(pool.stats()).toMatchObject({ size: 1, leases: 4, closed: { idle: 1 } })
  })
})

describe('one borrower ends the connection', () => {
  it.each([
    ['destroy', (lease: Lease<TestResource>) => lease.destroy(new Error('garbled')), 'destroyed'],
    ['retire', (lease: Lease<TestResource>) => lease.retire(), 'retired'],
  ] as const)('by %s: the lease ends, the connection is retired, and the others finish', async (_, end, reason) => {
    const { pool, adapter, clock } = sharedPool(3, { size: { max: 1 } })
    const [a, b, c] = await leases(pool, 3)
    const retired = record(pool, 'retire')
    const next = follow(pool.acquire())
    end(a)
    expect(() => a.resource).toThrow()
    expect(b.connection).toMatchObject({ state: 'connected.leaving', leases: 2 })
    expect(retired.map(({ event }) => event.reason)).toEqual([reason])
    expect([b.signal.aborted, c.signal.aborted, b.resource.open]).toEqual([false, false, true])
    b.release()
    await clock.settle()
    expect(next.state).toBe('pending')
    c.release()
    await clock.settle()
    expect(adapter.resources[0]).toMatchObject({ closes: 1, destroys: 0 })
    expect(next.value.connection.id).toBe(2)
    expect(pool.stats().closed[reason]).toBe(1)
  })

  it('by destroy of the last lease: it is destroyed at once, also when it was retired before', async () => {
    for (const first of ['destroy', 'retire', 'release'] as const) {
      const { pool, adapter } = sharedPool(2)
      const [a, b] = await leases(pool, 2)
      a[first]()
      b.destroy()
      expect(adapter.resources[0], first).toMatchObject({ closes: 0, destroys: 1 })
      expect(pool.stats(), first).toMatchObject({ size: 0, leases: 0 })
    }
  })

  it('by a fatal error in use: the connection is retired, and the others finish', async () => {
    const { pool } = sharedPool(2, {}, { isFatal: () => true })
    const [other] = await leases(pool, 1)
    await expect(pool.use(() => Promise.reject(new Error('GOAWAY')))).rejects.toThrow('GOAWAY')
    expect(other.connection).toMatchObject({ state: 'connected.leaving', leases: 1 })
    expect(other.signal.aborted).toBe(false)
    other.release()
    expect(pool.stats()).toMatchObject({ size: 0, closed: { destroyed: 1 } })
  })

  it('by an error in use that is not fatal: nothing but a release', async () => {
    const { pool } = sharedPool(2, {}, { isFatal: () => false })
    const [other] = await leases(pool, 1)
    await expect(pool.use(() => Promise.reject(new Error('404')))).rejects.toThrow('404')
    expect(other.connection).toMatchObject({ state: 'connected.leased', leases: 1 })
  })

  it.each(['destroy', 'retire'] as const)(
    'by %s: a listener of that release is not lent the connection again (invariant 8)',
    async (end) => {
      const { pool } = sharedPool(3, { size: { max: 1 } })
      const [a, b] = await leases(pool, 2)
      let lent: Lease<TestResource> | undefined
      pool.once('release', () => {
        lent = pool.tryAcquire()
      })
      a[end]()
      expect(lent).toBeUndefined()
      expect(b.connection.leases).toBe(1)
    },
  )

  it('by destroy: a listener of that release which resumes the pool serves no waiter with it (invariant 8)', async () => {
    const { pool, clock } = sharedPool(3, { size: { max: 1 } })
    const [a, b] = await leases(pool, 2)
    pool.pause()
    const waiting = follow(pool.acquire())
    pool.once('release', () => pool.resume())
    a.destroy()
    await clock.settle()
    expect(waiting.state).toBe('pending')
    b.release()
    await clock.settle()
    expect(waiting.value.connection.id).toBe(2)
  })

  it('by destroy, while a listener of that release gives back the other lease: it ends once', async () => {
    const { pool, adapter } = sharedPool(2)
    const [a, b] = await leases(pool, 2)
    pool.once('release', () => b.release())
    a.destroy()
    expect(pool.stats()).toMatchObject({ size: 0, leases: 0, closed: { destroyed: 1 } })
    const { closes, destroys } = adapter.resources[0] as TestResource
    expect(closes + destroys).toBe(1)
  })
})

describe('detach', () => {
  it('throws ConnectionSharedError while others have the connection, and changes nothing', async () => {
    const { pool } = sharedPool(3)
    const [a, b, c] = await leases(pool, 3)
    expect(() => a.detach()).toThrow(
      expect.objectContaining({ code: 'ERR_POOL_CONNECTION_SHARED', leases: 3, connectionId: 1, pool: 'test' }),
    )
    expect(a.resource.open).toBe(true)
    expect(pool.stats()).toMatchObject({ leases: 3, connected: 1 })
    b.release()
    expect(() => a.detach()).toThrow(expect.objectContaining({ leases: 2 }))
    c.release()
    expect(a.detach().open).toBe(true)
    expect(pool.stats()).toMatchObject({ leases: 0, size: 0, closed: { detached: 1 } })
  })

  it('takes the resource of a retired connection with the last lease', async () => {
    const { pool, adapter } = sharedPool(2)
    const [a, b] = await leases(pool, 2)
    a.retire()
    expect(b.detach()).toBe(adapter.resources[0])
    expect(adapter.resources[0]).toMatchObject({ open: true, closes: 0 })
    expect(pool.stats()).toMatchObject({ size: 0, closed: { detached: 1 } })
  })

  it('throws LeaseReleasedError, not ConnectionSharedError, of a lease that has ended', async () => {
    const { pool } = sharedPool(3)
    const [a] = await leases(pool, 3)
    a.release()
    expect(() => a.detach()).toThrow(expect.objectContaining({ code: 'ERR_POOL_LEASE_RELEASED' }))
  })
})

describe('a loss', () => {
  it("aborts every lease's signal with what was lost, and frees the room at once", async () => {
    const { pool, adapter, clock } = sharedPool(3, { size: { max: 1 } })
    const misuses = record(pool, 'misuse')
    const [a, b, c] = await leases(pool, 3)
    const next = follow(pool.acquire())
    const signals = [a.signal, b.signal, c.signal]
    a.release()
    await clock.settle()
    expect(next.state).toBe('fulfilled')
    const error = new Error('ECONNRESET')
    adapter.resources[0]?.lose(error)
    expect(pool.stats()).toMatchObject({ leases: 0, size: 0, closed: { lost: 1 } })
    expect(signals.map(({ reason }) => reason)).toEqual([undefined, error, error])
    expect(next.value.signal.reason).toBe(error)
    for (const lease of [b, c, next.value]) lease.release()
    expect(misuses).toEqual([])
    expect(pool.stats().leases).toBe(0)
  })

  it('is quiet once, with the last lease gone before any signal aborts', async () => {
    const { pool, adapter } = sharedPool(3)
    const heard: number[] = []
    const [a, b] = await leases(pool, 2)
    pool.on('quiet', () => heard.push(pool.stats().leases))
    a.signal.addEventListener('abort', () => heard.push(pool.stats().leases))
    b.signal.addEventListener('abort', () => b.release())
    adapter.resources[0]?.lose()
    expect(heard).toEqual([0, 0])
  })

  it('of a retired connection aborts what is left', async () => {
    const { pool, adapter } = sharedPool(2)
    const [a, b] = await leases(pool, 2)
    a.destroy()
    const { signal } = b
    adapter.resources[0]?.lose()
    expect(signal.aborted).toBe(true)
    b.release()
    expect(pool.stats()).toMatchObject({ size: 0, leases: 0 })
  })

  it('that an abort listener answers with an acquire opens a new connection (invariant 8)', async () => {
    const { pool, adapter, clock } = sharedPool(3)
    const [a] = await leases(pool, 2)
    const again: Outcome<Lease<TestResource>>[] = []
    a.signal.addEventListener('abort', () => again.push(follow(pool.acquire())))
    adapter.resources[0]?.lose()
    await clock.settle()
    expect(again.map(({ value }) => value.connection.id)).toEqual([2])
  })
})

describe('flush, pause and close with several leases on one connection', () => {
  it('flush lends it to nobody any more and closes it after the last release (invariant 8)', async () => {
    const { pool, adapter, clock } = sharedPool(3, { size: { max: 2 } })
    const [a, b] = await leases(pool, 2)
    pool.flush()
    expect((await pool.acquire()).connection.id).toBe(2)
    a.release()
    expect(b.connection).toMatchObject({ state: 'connected.leaving', leases: 1 })
    b.release()
    await clock.settle()
    expect(adapter.resources[0]).toMatchObject({ closes: 1 })
    expect(pool.stats()).toMatchObject({ leases: 1, closed: { stale: 1 } })
  })

  it("flush with leased: 'now' ends it under everybody", async () => {
    const { pool, adapter } = sharedPool(2)
    const [a, b] = await leases(pool, 2)
    const signals = [a.signal, b.signal]
    pool.flush({ leased: 'now' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(adapter.resources[0]?.destroys).toBe(1)
    expect(pool.stats()).toMatchObject({ leases: 0, size: 0, closed: { stale: 1 } })
  })

  it('pause lends no more of it, whoever comes back and whatever it says of its capacity; resume does', async () => {
    const { pool, adapter, clock, change } = sharedPool(2, { size: { max: 1 } })
    const [a, b] = await leases(pool, 2)
    const waiting = [follow(pool.acquire()), follow(pool.acquire()), follow(pool.acquire())]
    pool.pause()
    a.release()
    change(adapter.resources[0] as TestResource, 3)
    await clock.settle()
    expect(pool.stats()).toMatchObject({ leases: 1, waiting: 3 })
    pool.resume()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'pending'])
    b.release()
    await clock.settle()
    expect(waiting[2]?.state).toBe('fulfilled')
  })

  it('close waits for every lease', async () => {
    const { pool, adapter, clock } = sharedPool(3)
    const [a, b] = await leases(pool, 2)
    const closed = follow(pool.close())
    a.release()
    await clock.settle()
    expect(closed.state).toBe('pending')
    expect(adapter.resources[0]?.closes).toBe(0)
    b.release()
    await clock.settle()
    expect(closed.state).toBe('fulfilled')
    expect(adapter.resources[0]).toMatchObject({ closes: 1, destroys: 0 })
    expect(clock.pending).toBe(0)
  })

  it('close revokes what is left at its deadline, all leases of it, and counts one connection (invariant 7)', async () => {
    const { pool, adapter, clock } = sharedPool(3)
    const [a, b, c] = await leases(pool, 3)
    const signals = [a.signal, b.signal, c.signal]
    const closed = follow(pool.close({ timeout: 100 }))
    a.release()
    await clock.advance(101)
    expect(closed.state).toBe('fulfilled')
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true, true])
    expect(adapter.resources[0]?.destroys).toBe(1)
    expect(pool.stats()).toMatchObject({ leases: 0, size: 0 })
    const misuses = record(pool, 'misuse')
    b.release()
    c.release()
    expect(misuses).toEqual([])
  })

  it("close with waiters: 'serve' serves them with what connections carry", async () => {
    const { pool, clock } = sharedPool(2, { size: { max: 1 } })
    const [a, b] = await leases(pool, 2)
    const waiting = [follow(pool.acquire()), follow(pool.acquire())]
    const closed = follow(pool.close({ waiters: 'serve' }))
    a.release()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending'])
    b.release()
    await clock.settle()
    expect(waiting[1]?.state).toBe('fulfilled')
    expect(pool.stats()).toMatchObject({ state: 'closing', leases: 2 })
    for (const { value } of waiting) value.release()
    await clock.settle()
    expect(closed.state).toBe('fulfilled')
  })

  it('destroy of the pool revokes every lease', async () => {
    const { pool } = sharedPool(2)
    const [a, b] = await leases(pool, 2)
    const signals = [a.signal, b.signal]
    await pool.destroy()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
    expect(pool.stats().closed.revoked).toBe(1)
  })
})

describe('lifetime.maxUses', () => {
  it('counts leases, not openings: the last one allowed is the last given, and the others finish', async () => {
    const { pool, adapter, clock } = sharedPool(3, { size: { max: 2 }, lifetime: { maxUses: 4 } })
    const [a, b, c] = await leases(pool, 3)
    a.release()
    const fourth = await pool.acquire()
    expect(fourth.connection).toMatchObject({ id: 1, uses: 4, leases: 3 })
    b.release()
    expect((await pool.acquire()).connection.id).toBe(2)
    c.release()
    expect(adapter.resources[0]?.closes).toBe(0)
    fourth.release()
    await clock.settle()
    expect(adapter.resources[0]?.closes).toBe(1)
    expect(pool.stats().closed.uses).toBe(1)
  })

  it('below the capacity limits the leases at once, also of those whom one open serves', async () => {
    const { pool } = sharedPool(5, { size: { max: 2 }, lifetime: { maxUses: 2 } })
    expect(idsOf(await leases(pool, 4))).toEqual([1, 1, 2, 2])
  })

  it('makes room for a waiter when the connection that is used up is given back', async () => {
    const { pool, clock } = sharedPool(2, { size: { max: 1 }, lifetime: { maxUses: 2 } })
    const [a, b] = await leases(pool, 2)
    const next = follow(pool.acquire())
    a.release()
    await clock.settle()
    expect(next.state).toBe('pending')
    b.release()
    await clock.settle()
    expect(next.value.connection.id).toBe(2)
  })
})

describe('resize down', () => {
  it('retires the first shared connection of which a lease comes back, and its other borrowers finish', async () => {
    const { pool, clock } = sharedPool(2, { size: { max: 2 } })
    const [a, b, c] = await leases(pool, 4)
    pool.resize({ max: 1 })
    expect(pool.stats()).toMatchObject({ connected: 2, leases: 4 })
    c.release()
    expect(c.connection.state).toBe('connected.leaving')
    a.release()
    expect(b.connection.state).toBe('connected.leased')
    await clock.settle()
    expect(pool.tryAcquire()?.connection.id).toBe(1)
  })
})

describe('a capacity that changes while the connection is open', () => {
  it('serves waiters at once when it grows, as many as it carries then', async () => {
    const { pool, adapter, clock, change } = sharedPool(1, { size: { max: 1 } })
    await leases(pool, 1)
    const waiting = Array.from({ length: 4 }, () => follow(pool.acquire()))
    change(adapter.resources[0] as TestResource, 4)
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'pending'])
    expect(loads(pool)).toEqual([4])
  })

  it('ends no lease when it falls below them, and lends no more until they are fewer (invariant 1)', async () => {
    const { pool, adapter, clock, change } = sharedPool(4, { size: { max: 1 } })
    const [a, b, c] = await leases(pool, 3)
    change(adapter.resources[0] as TestResource, 2)
    expect(pool.stats().leases).toBe(3)
    expect(b.signal.aborted).toBe(false)
    expect(pool.tryAcquire()).toBeUndefined()
    const next = follow(pool.acquire())
    a.release()
    await clock.settle()
    expect(next.state).toBe('pending')
    b.release()
    await clock.settle()
    expect(next.state).toBe('fulfilled')
    expect(loads(pool)).toEqual([2])
    c.release()
    expect(pool.tryAcquire()).toBeDefined()
  })

  it('of 0 keeps an idle connection from everybody until it grows again', async () => {
    const { pool, adapter, clock, change } = sharedPool(2, { size: { max: 1 } })
    const [a] = await leases(pool, 1)
    a.release()
    change(adapter.resources[0] as TestResource, 0)
    expect(pool.tryAcquire()).toBeUndefined()
    const waiting = [follow(pool.acquire()), follow(pool.acquire()), follow(pool.acquire())]
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending'])
    expect(pool.stats()).toMatchObject({ idle: 1, leases: 0 })
    change(adapter.resources[0] as TestResource, 2)
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'pending'])
  })

  it('of 0 under its borrowers lets them finish, rests, and is lent again when it grows', async () => {
    const { pool, adapter, clock, change } = sharedPool(2, { size: { max: 1 } })
    const [a, b] = await leases(pool, 2)
    const next = follow(pool.acquire())
    change(adapter.resources[0] as TestResource, 0)
    a.release()
    b.release()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ idle: 1, leases: 0, waiting: 1 })
    change(adapter.resources[0] as TestResource, 1)
    await clock.settle()
    expect(next.value.connection.id).toBe(1)
  })

  it('of 0 from the start leaves its waiters to another connection', async () => {
    const { pool, clock, change, adapter } = sharedPool(0, { size: { max: 3 }, acquire: { timeout: 1_000 } })
    const waiting = follow(pool.acquire())
    await clock.advance(500)
    expect(pool.stats(), 'what cannot carry anybody is no reason not to open').toMatchObject({ idle: 3, waiting: 1 })
    change(adapter.resources[2] as TestResource, 1)
    await clock.settle()
    expect(waiting.value.connection.id).toBe(3)
  })

  it.each(['lifo', 'fifo', 'random'] as const)("of 0 is passed over in the order of reuse '%s'", async (reuse) => {
    const { pool, adapter, change } = sharedPool(1, { size: { max: 3, min: 3 }, idle: { reuse } })
    await pool.warm(3)
    for (const resource of [1, 3]) change(adapter.resources[resource - 1] as TestResource, 0)
    expect(pool.tryAcquire()?.connection.id).toBe(2)
    expect(pool.tryAcquire()).toBeUndefined()
  })

  it('is read when the watcher says so before it returns, also several times', async () => {
    const asked: number[] = []
    const { pool } = testPool(
      { size: { max: 1 } },
      {
        capacity: () => asked.push(0),
        watch: (_, signals) => {
          signals.capacityChanged()
          signals.capacityChanged()
          return () => {}
        },
      },
    )
    await leases(pool, 3)
    expect(loads(pool)).toEqual([3])
  })

  it('is of no interest once the connection has ended', async () => {
    const { pool, adapter, clock } = sharedPool(2, { size: { max: 1 } })
    const [a] = await leases(pool, 1)
    const signals = adapter.resources[0]?.signals
    a.destroy()
    const asked = record(pool, 'error')
    signals?.capacityChanged()
    await clock.settle()
    expect(asked).toEqual([])
    expect(pool.stats()).toMatchObject({ size: 0, leases: 0 })
  })

  it('grants nobody a connection that is being checked, reset or closed (invariant 1)', async () => {
    const { pool, adapter, clock, change } = sharedPool(1, { size: { max: 1 } }, { reset: () => new Promise(() => {}) })
    const [a] = await leases(pool, 1)
    const next = follow(pool.acquire())
    a.release()
    change(adapter.resources[0] as TestResource, 9)
    await clock.settle()
    expect(next.state).toBe('pending')
    expect(pool.tryAcquire()).toBeUndefined()
    pool.flush()
    change(adapter.resources[0] as TestResource, 10)
    await clock.settle()
    expect(next.value?.connection.id ?? 2).toBe(2)
  })

  it('that falls while a listener hears of a grant is kept to by the next grant of the same turn', async () => {
    const opens = gatedOpens()
    const { pool, clock, change } = sharedPool(
      3,
      { size: { max: 1 } },
      {
        open: opens.open,
        watch: (resource, signals) => {
          resource.signals = signals
          return () => {}
        },
      },
    )
    const waiting = [follow(pool.acquire()), follow(pool.acquire()), follow(pool.acquire())]
    let resource: TestResource | undefined
    pool.once('acquire', () => change(resource as TestResource, 1))
    resource = opens.calls[0]?.succeed()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending', 'pending'])
    expect(loads(pool)).toEqual([1])
  })
})

describe('an adapter whose capacity makes no sense', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no session')
      },
    ],
    ['gives NaN', () => Number.NaN],
    ['gives a negative number', () => -1],
    ['gives half a lease', () => 1.5],
    ['gives a text', () => '100' as unknown as number],
  ])('counts as 1 when it %s, and is told of (invariant 12)', async (_, capacity) => {
    const { pool, clock } = testPool({ size: { max: 1 } }, { capacity })
    const errors = record(pool, 'error')
    const [first] = [await pool.acquire()]
    const second = follow(pool.acquire())
    await clock.settle()
    expect(second.state).toBe('pending')
    expect(errors.map(({ event }) => event.source)).toEqual(['capacity'])
    first.release()
    await clock.settle()
    expect(second.state).toBe('fulfilled')
  })

  it('may carry any number of leases', async () => {
    const { pool } = sharedPool(Number.POSITIVE_INFINITY, { size: { max: 2 } })
    await leases(pool, 200)
    expect(loads(pool)).toEqual([200])
    await pool.destroy()
  })

  it('leaves no timer behind when a listener of its error destroys the pool (invariants 7 and 12)', async () => {
    const { pool, clock } = testPool(
      { lifetime: { maxAge: 1_000 }, health: { every: 500, onAcquire: false } },
      { check: async () => {}, capacity: () => Number.NaN },
    )
    pool.on('error', () => void pool.destroy())
    const acquired = follow(pool.acquire())
    await clock.settle()
    expect(acquired.state).toBe('rejected')
    expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
    expect(clock.pending).toBe(0)
  })

  it('may call the pool from within capacity() (invariant 12)', async () => {
    let asked = 0
    const made = testPool(
      { size: { max: 1 } },
      {
        capacity: () => {
          made.pool.tryAcquire()
          if (++asked === 1) made.pool.flush()
          return 3
        },
      },
    )
    const acquired = follow(made.pool.acquire())
    await made.clock.settle()
    expect(acquired.value.connection).toMatchObject({ id: 2, generation: 1 })
    expect(made.pool.stats()).toMatchObject({ size: 1, leases: 1, closed: { stale: 1 } })
  })
})

describe('growth', () => {
  it('opens one connection at a time while no connection has said what it carries', async () => {
    for (const growth of ['elastic', 'eager'] as const) {
      const opens = gatedOpens()
      const { pool, clock } = sharedPool(1, { size: { max: 5 }, connect: { growth } }, { open: opens.open })
      for (let i = 0; i < 4; i++) follow(pool.acquire())
      expect(opens.calls, growth).toHaveLength(1)
      opens.calls[0]?.fail()
      await clock.settle()
      for (let i = 0; i < 4; i++) follow(pool.acquire())
      await clock.advance(200)
      expect(opens.calls, `${growth}, after a failure`).toHaveLength(2)
    }
  })

  it('opens for size.min regardless of what connections carry', () => {
    const opens = gatedOpens()
    const { pool } = sharedPool(9, { size: { min: 3, max: 5 } }, { open: opens.open })
    follow(pool.acquire())
    expect(opens.calls).toHaveLength(3)
  })

  it('opens for what is waiting divided by what one carries, once one has said it', async () => {
    for (const growth of ['elastic', 'eager'] as const) {
      const opens = gatedOpens()
      const { pool, clock } = sharedPool(10, { size: { max: 9 }, connect: { growth } }, { open: opens.open })
      const first = follow(pool.acquire())
      opens.calls[0]?.succeed()
      await clock.settle()
      first.value.destroy()
      for (let i = 0; i < 21; i++) follow(pool.acquire())
      expect(opens.calls.length - 1, growth).toBe(3)
    }
  })

  it('opens another for a waiter that the connections in use do not carry (eager)', async () => {
    const opens = gatedOpens()
    const { pool, clock } = sharedPool(2, { size: { max: 9 }, connect: { growth: 'eager' } }, { open: opens.open })
    follow(pool.acquire())
    opens.calls[0]?.succeed()
    await clock.settle()
    for (let i = 0; i < 4; i++) follow(pool.acquire())
    expect(opens.calls.length - 1).toBe(2)
  })

  it('counts what connections carry among what can serve: elastic growth opens when that is too slow', async () => {
    const { pool, clock } = sharedPool(10, { size: { max: 9 } }, (clock) => slowOpens(clock, 100))
    const first = follow(pool.acquire())
    await clock.advance(100)
    first.value.release()
    // Leases of 50 ms each, sampled.
    for (let i = 0; i < 8; i++) {
      const lease = await pool.acquire()
      await clock.advance(50)
      lease.release()
    }
    await leases(pool, 10)
    // q·h/n = 20·50/10 = 100: not more than an open takes.
    for (let i = 0; i < 20; i++) follow(pool.acquire())
    expect(pool.stats().connecting).toBe(0)
    // 31·50/10 = 155 > 100: ⌈31·50/100⌉ − 10 = 6 leases, carried by one connection.
    for (let i = 0; i < 11; i++) follow(pool.acquire())
    expect(pool.stats().connecting).toBe(1)
  })

  it('at most doubles per connect time while no lease comes back', async () => {
    const { pool, clock } = sharedPool(2, { size: { max: 20 } }, (clock) => slowOpens(clock, 100))
    const first = follow(pool.acquire())
    await clock.advance(100)
    expect(first.state).toBe('fulfilled')
    for (let i = 0; i < 30; i++) follow(pool.acquire())
    const sizes: number[] = []
    for (let i = 0; i < 4; i++) {
      await clock.advance(100)
      sizes.push(pool.stats().connected)
    }
    expect(sizes).toEqual([1, 2, 4, 8])
  })
})

describe('connections that carry nothing now', () => {
  it('rest up to `idle.max`, and no more are opened beside them until they carry something', async () => {
    const { pool, clock, change, adapter } = sharedPool(0, { size: { max: 4 }, idle: { max: 3 } })
    const waiting = [follow(pool.acquire()), follow(pool.acquire())]
    await clock.advance(5_000)
    expect([pool.stats().opened, pool.stats().idle]).toEqual([4, 3])
    change(adapter.resources[2] as TestResource, 2)
    await clock.settle()
    expect([waiting.map(({ state }) => state), pool.stats().opened]).toEqual([['fulfilled', 'fulfilled'], 4])
  })

  it('are opened after a backoff where none may rest', async () => {
    const { pool, clock } = sharedPool(0, { size: { max: 4 }, idle: { max: 0 } })
    void follow(pool.acquire())
    await clock.advance(5_000)
    expect(pool.stats().opened).toBeGreaterThan(3)
    // Every 100 ms at the earliest.
    expect(pool.stats().opened).toBeLessThan(60)
  })
})
