import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deferred, type TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, type Outcome, slowOpens, type TestPool, testPool } from '../../test/test-pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import type { AcquireOptions } from './acquire-options.js'
import type { Lease } from './lease.js'

const perClient = (max: number, options: PoolOptions = {}): PoolOptions => ({
  ...options,
  acquire: { ...options.acquire, perClient: { max } },
})

/** A pool with `open` idle connections. */
async function warmPool(max: number, open: number, options: PoolOptions = {}, ...overrides: [object?]) {
  const opened = testPool(perClient(max, options), ...overrides)
  await opened.pool.warm(open)
  return opened
}

const states = (outcomes: Outcome<unknown>[]) => outcomes.map(({ state }) => state)

it('never lends one client more than acquire.perClient.max, whatever is idle', async () => {
  const { pool, clock } = await warmPool(2, 5)
  const mine = Array.from({ length: 4 }, () => follow(pool.acquire({ client: 'a' })))
  await clock.advance(1_000)
  expect(states(mine)).toEqual(['fulfilled', 'fulfilled', 'pending', 'pending'])
  expect(pool.stats()).toMatchObject({ leases: 2, idle: 3, waiting: 2 })
})

it('lends to others, and to those that name no client, without regard to a client at its limit', async () => {
  const { pool, clock } = await warmPool(1, 5)
  const all = [{ client: 'a' }, { client: 'a' }, { client: 'b' }, {}, {}, undefined].map((asked) =>
    follow(pool.acquire(asked)),
  )
  await clock.settle()
  expect(states(all)).toEqual(['fulfilled', 'pending', 'fulfilled', 'fulfilled', 'fulfilled', 'fulfilled'])
})

it('takes no client for one when acquire.perClient is off', async () => {
  const { pool, clock } = testPool({ size: { max: 3 } })
  const all = Array.from({ length: 3 }, () => follow(pool.acquire({ client: 'a' })))
  await clock.settle()
  expect(states(all)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
})

it('tells clients apart that are called like members of an object', async () => {
  const { pool, clock } = await warmPool(1, 5)
  const all = ['__proto__', 'constructor', 'toString', 'undefined'].map((client) => follow(pool.acquire({ client })))
  await clock.settle()
  expect(states(all)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled'])
})

it.each(['', 5, null])('rejects the client %j', async (client) => {
  const { pool } = testPool(perClient(1))
  const outcome = follow(pool.acquire({ client } as AcquireOptions))
  await Promise.resolve()
  expect(outcome.error).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option: 'acquire.client' })
  expect(() => pool.tryAcquire({ client } as { client: string })).toThrow('acquire.client')
})

it.each([true, {}, { max: 0 }, { max: 1.5 }, { max: Number.POSITIVE_INFINITY }, { most: 1 }])(
  'refuses acquire.perClient of %j',
  (given) => {
    expect(() => testPool({ acquire: { perClient: given as never } })).toThrow('acquire.perClient')
  },
)

describe('a share is free again', () => {
  type End = [how: string, end: (lease: Lease<TestResource>, opened: TestPool) => unknown]
  const ends: End[] = [
    ['released', (lease) => lease.release()],
    ['disposed', (lease) => lease[Symbol.dispose]()],
    ['retired', (lease) => lease.retire()],
    ['destroyed', (lease) => lease.destroy()],
    ['detached', (lease) => lease.detach()],
    ['lost', (lease) => lease.resource.lose()],
    ['taken away by a flush', (_, { pool }) => pool.flush({ leased: 'now' })],
    ['revoked after lease.maxDuration', (_, { clock }) => clock.advance(1_000)],
  ]

  it.each(ends)('at once when its lease is %s, with a connection idle at hand', async (_, end) => {
    const opened = await warmPool(1, 2, { lease: { maxDuration: 1_000 }, acquire: { timeout: 2_000 } })
    const { pool, clock } = opened
    const lease = await pool.acquire({ client: 'a' })
    await clock.advance(1)
    const next = follow(pool.acquire({ client: 'a' }))
    await clock.settle()
    expect(next.state).toBe('pending')
    await end(lease, opened)
    await clock.settle()
    expect(next.state).toBe('fulfilled')
    expect(pool.stats()).toMatchObject({ leases: 1, waiting: 0 })
  })

  it.each(ends)('once and not twice when its lease is %s and ended again', async (_, end) => {
    const opened = await warmPool(1, 3, { lease: { maxDuration: 1_000 } })
    const { pool, clock } = opened
    const lease = await pool.acquire({ client: 'a' })
    await end(lease, opened)
    await clock.settle()
    lease.release()
    lease.release()
    const two = [follow(pool.acquire({ client: 'a' })), follow(pool.acquire({ client: 'a' }))]
    await clock.settle()
    expect(states(two)).toEqual(['fulfilled', 'pending'])
  })

  it('when what it was lent carries nothing more, and another is idle', async () => {
    const carries = new Map<number, number>()
    const { pool, clock } = testPool(perClient(1, { size: { max: 2 } }), { capacity: ({ id }) => carries.get(id) ?? 1 })
    await pool.warm(2)
    const lease = await pool.acquire({ client: 'a' })
    const next = follow(pool.acquire({ client: 'a' }))
    carries.set(lease.connection.id, 0)
    lease.resource.signals?.capacityChanged()
    lease.release()
    await clock.settle()
    expect([next.state, next.value.connection.id === lease.connection.id]).toEqual(['fulfilled', false])
  })

  it('when a `use` has ended, however it ended', async () => {
    const { pool, clock } = await warmPool(1, 2, {}, { isFatal: () => true })
    const failed = follow(pool.use(() => Promise.reject(new Error('no')), { client: 'a' }))
    const next = follow(pool.use(() => 'yes', { client: 'a' }))
    await clock.settle()
    expect([failed.state, next.value]).toEqual(['rejected', 'yes'])
  })

  it('while the connection is still being reset: another that is idle serves its next waiter (invariant 4)', async () => {
    const { pool, clock } = await warmPool(1, 2, {}, { reset: () => new Promise<void>(() => {}) })
    const lease = await pool.acquire({ client: 'a' })
    const next = follow(pool.acquire({ client: 'a' }))
    lease.release()
    await clock.settle()
    expect(pool.stats().connected).toBeGreaterThan(0)
    expect(next.state).toBe('fulfilled')
  })

  it('while others still hold a connection that is on its way out (invariant 4)', async () => {
    const { pool, clock } = testPool(perClient(1, { size: { max: 2 } }), { capacity: () => 2 })
    const mine = await pool.acquire({ client: 'a' })
    const others = await pool.acquire({ client: 'b' })
    expect(others.connection.id).toBe(mine.connection.id)
    pool.flush()
    await pool.warm(1)
    const next = follow(pool.acquire({ client: 'a' }))
    await clock.settle()
    expect([next.state, pool.stats().idle]).toEqual(['pending', 1])
    mine.release()
    await clock.settle()
    expect(next.state).toBe('fulfilled')
    expect(others.connection.state).toBe('connected.leaving')
  })

  it('when a lease among others is revoked from a connection that is on its way out (invariant 4)', async () => {
    const { pool, clock } = testPool(perClient(1, { size: { max: 2 }, lease: { maxDuration: 1_000 } }), {
      capacity: () => 2,
    })
    await pool.acquire({ client: 'a' })
    await clock.advance(500)
    await pool.acquire({ client: 'b' })
    pool.flush()
    await pool.warm(1)
    const next = follow(pool.acquire({ client: 'a' }))
    await clock.advance(499)
    expect([next.state, pool.stats().idle]).toEqual(['pending', 1])
    await clock.advance(1)
    expect(next.state).toBe('fulfilled')
  })

  it('when the connection is lost under several of its leases', async () => {
    const { pool, clock } = testPool(perClient(2, { size: { max: 2 } }), { capacity: () => 3 })
    const leases = [await pool.acquire({ client: 'a' }), await pool.acquire({ client: 'a' })]
    const waiting = Array.from({ length: 3 }, () => follow(pool.acquire({ client: 'a' })))
    await clock.settle()
    expect(states(waiting)).toEqual(['pending', 'pending', 'pending'])
    leases[0]?.resource.lose()
    await clock.settle()
    for (const lease of leases) lease.release()
    await clock.settle()
    expect(states(waiting)).toEqual(['fulfilled', 'fulfilled', 'pending'])
  })

  it('for a listener that hears of the loss and asks for the client again', async () => {
    const { pool, clock } = await warmPool(1, 2)
    const lease = await pool.acquire({ client: 'a' })
    const again: Outcome<unknown>[] = []
    pool.once('disconnect', () => again.push(follow(pool.acquire({ client: 'a' }))))
    lease.resource.lose()
    await clock.settle()
    expect(states(again)).toEqual(['fulfilled'])
  })

  it('for a release listener that asks for the client again, but behind its own waiter', async () => {
    const { pool, clock } = await warmPool(1, 2)
    const lease = await pool.acquire({ client: 'a' })
    const first = follow(pool.acquire({ client: 'a' }))
    const second: Outcome<unknown>[] = []
    pool.once('release', () => second.push(follow(pool.acquire({ client: 'a' }))))
    lease.release()
    await clock.settle()
    expect([first.state, ...states(second)]).toEqual(['fulfilled', 'pending'])
  })
})

describe('fair shares', () => {
  it('lets one client with 10,000 waiters delay the first of another by no more than one lease per connection', async () => {
    const connections = 4
    const { pool, clock } = await warmPool(connections, connections, {
      size: { max: connections },
      acquire: { timeout: Number.POSITIVE_INFINITY },
    })
    let done = 0
    const work = async (client: string) => {
      const lease = await pool.acquire({ client })
      const position = done++
      clock.setTimeout(() => lease.release(), 10)
      return position
    }
    const many = Array.from({ length: 10_000 }, () => work('many'))
    await clock.advance(100)
    const before = done
    const one = follow(work('one'))
    await clock.advance(11)
    expect(one.state).toBe('fulfilled')
    expect(one.value - before).toBeLessThan(connections)
    await pool.destroy()
    await Promise.allSettled(many)
  })

  it('gives clients with waiters their turns, whatever the numbers', async () => {
    const { pool, clock } = await warmPool(1, 1, { size: { max: 1 } })
    const busy = await pool.acquire()
    const served: string[] = []
    const ask = (client?: string) =>
      void pool.acquire(client === undefined ? {} : { client }).then((lease) => {
        served.push(client ?? '-')
        clock.setTimeout(() => lease.release(), 1)
      })
    for (const client of ['a', 'a', 'a', 'a', 'b', 'b', undefined, undefined, 'c']) ask(client)
    busy.release()
    await clock.advance(100)
    expect(served.join('')).toBe('ab-cab-aa')
  })

  it('goes by priority first, and shares within one', async () => {
    const { pool, clock } = await warmPool(1, 1, { size: { max: 1 } })
    const busy = await pool.acquire()
    const served: string[] = []
    const ask = (client: string, priority: number) =>
      void pool.acquire({ client, priority }).then((lease) => {
        served.push(`${client}${priority}`)
        clock.setTimeout(() => lease.release(), 1)
      })
    ask('a', 0)
    ask('b', 0)
    ask('a', 1)
    ask('a', 1)
    ask('b', 1)
    busy.release()
    await clock.advance(100)
    expect(served).toEqual(['a1', 'b1', 'a1', 'b0', 'a0'])
  })

  it('serves the fresh acquire of one client within a lease per connection, though another has 1,000 waiters', async () => {
    const { pool, clock } = await warmPool(2, 2, { size: { max: 2 }, acquire: { timeout: Number.POSITIVE_INFINITY } })
    const work = async () => {
      const lease = await pool.acquire({ client: 'many' })
      clock.setTimeout(() => lease.release(), 10)
    }
    const many = Array.from({ length: 1_000 }, work)
    await clock.advance(100)
    const fresh = follow(pool.acquire({ client: 'one', fresh: true }))
    await clock.advance(31)
    expect(fresh.state).toBe('fulfilled')
    await pool.destroy()
    await Promise.allSettled(many)
  })

  it('serves a fresh acquire in the end, while others never stop and the oldest waiter is at its limit (invariant 5)', async () => {
    const { pool, clock } = await warmPool(1, 2, { size: { max: 2 }, acquire: { timeout: Number.POSITIVE_INFINITY } })
    await pool.acquire({ client: 'hung' })
    follow(pool.acquire({ client: 'hung' }))
    const keepAsking = async (): Promise<void> => {
      const lease = await pool.acquire()
      void keepAsking()
      clock.setTimeout(() => lease.release(), 1)
    }
    for (let i = 0; i < 3; i++) void keepAsking()
    const fresh = follow(pool.acquire({ client: 'b', fresh: true }))
    await clock.advance(200)
    expect(fresh.state).toBe('fulfilled')
  })
})

describe('demand that cannot be served', () => {
  it.each(['elastic', 'eager'] as const)('causes no opens (%s growth)', async (growth) => {
    const opens = gatedOpens()
    const { pool, clock } = testPool(perClient(2, { connect: { growth } }), opens)
    for (let i = 0; i < 20; i++) follow(pool.acquire({ client: 'a' }))
    expect(opens.calls).toHaveLength(2)
    for (const call of opens.calls) call.succeed()
    await clock.advance(20_000)
    expect(opens.calls).toHaveLength(2)
    expect(pool.stats()).toMatchObject({ leases: 2, waiting: 18 })
  })

  it('causes no opens when it asks for fresh connections, and closes none', async () => {
    const { pool, clock } = await warmPool(1, 3, { size: { max: 3 } })
    await pool.acquire({ client: 'a' })
    for (let i = 0; i < 5; i++) follow(pool.acquire({ client: 'a', fresh: true }))
    await clock.advance(20_000)
    expect(pool.stats()).toMatchObject({ size: 3, opened: 3, idle: 2, waiting: 5 })
  })

  it('causes an open when the client may have a lease again and nothing is idle', async () => {
    const opens = gatedOpens()
    const { pool, clock } = testPool(perClient(1), opens)
    const first = follow(pool.acquire({ client: 'a' }))
    const second = follow(pool.acquire({ client: 'a' }))
    opens.calls[0]?.succeed()
    await clock.settle()
    first.value.destroy()
    expect(opens.calls).toHaveLength(2)
    opens.calls[1]?.succeed()
    await clock.settle()
    expect(second.state).toBe('fulfilled')
  })

  it('makes no open that has not begun when a client’s waiters beyond its limit are all that is left', async () => {
    const opens = gatedOpens()
    const { pool, clock } = testPool(perClient(1, { connect: { concurrency: 1 } }), opens)
    const controller = new AbortController()
    follow(pool.acquire({ client: 'a' }))
    follow(pool.acquire({ client: 'a' }))
    follow(pool.acquire({ client: 'b', signal: controller.signal }))
    controller.abort()
    opens.calls[0]?.succeed()
    await clock.advance(20_000)
    expect(opens.calls).toHaveLength(1)
  })

  it('does not make the pool grow for others sooner than they alone would', async () => {
    const { pool, clock } = testPool(
      perClient(1, { size: { max: 50 }, acquire: { timeout: Number.POSITIVE_INFINITY } }),
      (clock) => slowOpens(clock, 150),
    )
    void pool.warm(5)
    await clock.advance(150)
    await pool.acquire({ client: 'hung' })
    follow(pool.acquire({ client: 'hung' }))
    await clock.advance(1_000)
    for (let i = 0; i < 20; i++) {
      void pool.acquire().then((lease) => clock.setTimeout(() => lease.release(), 2))
    }
    await clock.advance(1_000)
    expect(pool.stats()).toMatchObject({ size: 5, waiting: 1 })
  })

  it('keeps size.minSpare idle beyond what can be served, not beyond all that waits', async () => {
    const { pool, clock } = testPool(perClient(1, { size: { minSpare: 1, max: 10 } }))
    await pool.acquire({ client: 'a' })
    for (let i = 0; i < 5; i++) follow(pool.acquire({ client: 'a' }))
    await clock.advance(1_000)
    expect(pool.stats()).toMatchObject({ leases: 1, idle: 1, size: 2 })
  })
})

describe('tryAcquire', () => {
  it('lends to a client below its limit, and nothing at it', async () => {
    const { pool } = await warmPool(1, 3)
    const first = pool.tryAcquire({ client: 'a' })
    expect(first).toBeDefined()
    expect(pool.tryAcquire({ client: 'a' })).toBeUndefined()
    expect(pool.tryAcquire({ client: 'b' })).toBeDefined()
    first?.release()
    expect(pool.tryAcquire({ client: 'a' })).toBeDefined()
  })

  it('counts together with acquire', async () => {
    const { pool, clock } = await warmPool(2, 3)
    pool.tryAcquire({ client: 'a' })
    const two = [follow(pool.acquire({ client: 'a' })), follow(pool.acquire({ client: 'a' }))]
    await clock.settle()
    expect(states(two)).toEqual(['fulfilled', 'pending'])
    expect(pool.tryAcquire({ client: 'a' })).toBeUndefined()
  })

  it('passes waiters whose clients are at their limits, whom it cannot overtake', async () => {
    const { pool } = await warmPool(1, 2)
    await pool.acquire({ client: 'a' })
    follow(pool.acquire({ client: 'a' }))
    expect(pool.tryAcquire()).toBeDefined()
  })

  it('never overtakes a waiter who could be served', async () => {
    const { pool, clock } = await warmPool(1, 1, { size: { max: 1 } })
    const lease = await pool.acquire({ client: 'a' })
    const waiting = follow(pool.acquire({ client: 'b' }))
    pool.on('release', () => expect(pool.tryAcquire({ client: 'c' })).toBeUndefined())
    lease.release()
    expect(pool.tryAcquire({ client: 'c' })).toBeUndefined()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })
})

it('lends an idle connection at once to a client below its limit, though another waits at its own', async () => {
  const { pool } = await warmPool(1, 2)
  await pool.acquire({ client: 'a' })
  follow(pool.acquire({ client: 'a' }))
  const b = follow(pool.acquire({ client: 'b' }))
  await Promise.resolve()
  expect(b.state).toBe('fulfilled')
})

it('rejects a waiter of a client at its limit at its deadline, at once on abort, and counts it no longer (invariant 3)', async () => {
  const { pool, clock } = await warmPool(1, 2, { acquire: { timeout: 100 } })
  const lease = await pool.acquire({ client: 'a' })
  const controller = new AbortController()
  const late = follow(pool.acquire({ client: 'a' }))
  const aborted = follow(pool.acquire({ client: 'a', signal: controller.signal }))
  const patient = follow(pool.acquire({ client: 'a', timeout: 500 }))
  controller.abort()
  await clock.settle()
  expect(aborted.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_ABORTED' })
  await clock.advance(100)
  expect(late.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' })
  lease.release()
  await clock.settle()
  expect(patient.state).toBe('fulfilled')
})

it('counts waiters at their limits in acquire.maxWaiting', async () => {
  const { pool } = await warmPool(1, 2, { acquire: { maxWaiting: 1 } })
  await pool.acquire({ client: 'a' })
  follow(pool.acquire({ client: 'a' }))
  await expect(pool.acquire({ client: 'a' })).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' })
  expect((await pool.acquire({ client: 'b' })).reused).toBe(false)
})

it('serves the waiters of a client one after the other while the pool closes', async () => {
  const { pool, clock } = await warmPool(1, 2)
  const lease = await pool.acquire({ client: 'a' })
  const waiting = [follow(pool.acquire({ client: 'a' })), follow(pool.acquire({ client: 'a' }))]
  const closed = follow(pool.close({ waiters: 'serve' }))
  lease.release()
  await clock.settle()
  expect(states(waiting)).toEqual(['fulfilled', 'pending'])
  waiting[0]?.value.release()
  await clock.settle()
  waiting[1]?.value.release()
  await clock.settle()
  expect(states([...waiting, closed])).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
})

it('holds to the limit through pause and resume', async () => {
  const { pool, clock } = await warmPool(1, 3)
  pool.pause()
  const all = ['a', 'a', 'b'].map((client) => follow(pool.acquire({ client })))
  await clock.settle()
  pool.resume()
  await clock.settle()
  expect(states(all)).toEqual(['fulfilled', 'pending', 'fulfilled'])
})

it('fails waiters at their limits with the rest when an open fails and nothing can serve them', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool(perClient(1), opens)
  const all = [follow(pool.acquire({ client: 'a' })), follow(pool.acquire({ client: 'a' }))]
  opens.calls[0]?.fail()
  await clock.settle()
  expect(all.map(({ error }) => error)).toEqual([
    expect.objectContaining({ code: 'ERR_POOL_CONNECT' }),
    expect.objectContaining({ code: 'ERR_POOL_CONNECT' }),
  ])
})

it('counts every lease of a shared connection for its own client', async () => {
  const { pool, clock } = testPool(perClient(2, { size: { max: 1 } }), { capacity: () => 10 })
  const all = ['a', 'a', 'a', 'b', 'b', 'b', 'c'].map((client) => follow(pool.acquire({ client })))
  await clock.settle()
  expect(all.map(({ state }) => (state === 'fulfilled' ? 1 : 0))).toEqual([1, 1, 0, 1, 1, 0, 1])
  all[3]?.value.release()
  await clock.settle()
  expect(all.map(({ state }) => (state === 'fulfilled' ? 1 : 0))).toEqual([1, 1, 0, 1, 1, 1, 1])
})

it('lends what a check has approved to whoever may have it, when the client it was checked for is gone', async () => {
  const checks: ReturnType<typeof deferred<void>>[] = []
  const { pool, clock } = await warmPool(
    1,
    1,
    { size: { max: 1 }, health: { after: 0 } },
    {
      check: () => {
        const check = deferred<void>()
        checks.push(check)
        return check.promise
      },
    },
  )
  await clock.advance(100)
  const controller = new AbortController()
  const gone = follow(pool.acquire({ client: 'a', signal: controller.signal }))
  const next = follow(pool.acquire({ client: 'b' }))
  expect(checks).toHaveLength(1)
  controller.abort()
  checks[0]?.resolve()
  await clock.settle()
  expect([gone.state, next.state]).toEqual(['rejected', 'fulfilled'])
})

type Step =
  | { do: 'acquire'; client: string | undefined; priority: number; fresh: boolean }
  | { do: 'release' | 'destroy' | 'retire' | 'detach' | 'lose' | 'abort'; n: number }
  | { do: 'wait'; ms: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      client: fc.constantFrom(undefined, 'a', 'b', 'c'),
      priority: fc.constantFrom(0, 0, 0, 1),
      fresh: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('release', 'release', 'release', 'destroy', 'retire', 'detach', 'lose', 'abort'),
      n: fc.nat(100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 20, 200) }) },
)

it('keeps every client within its limit and lets nobody wait needlessly, whatever happens (invariants 1, 2, 4)', async () => {
  const limits = fc.record({
    max: fc.constantFrom(1, 2),
    size: fc.constantFrom(1, 2, 4),
    capacity: fc.constantFrom(1, 3),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      limits,
      async (steps, { max, size, capacity }) => {
        const { pool, clock } = testPool(
          perClient(max, { size: { max: size }, acquire: { timeout: 500 } }),
          (clock) => ({ ...slowOpens(clock, 15), ...(capacity === 1 ? {} : { capacity: () => capacity }) }),
        )
        const held: { client: string | undefined; lease: Lease<TestResource> }[] = []
        const lost = new Set<TestResource>()
        const waiting = new Map<AbortController, { client: string | undefined; fresh: boolean }>()
        const leasesOf = (client: string) =>
          held.filter((one) => one.client === client && one.lease.connection.leases > 0).length
        for (const now of steps) {
          if (now.do === 'acquire') {
            const controller = new AbortController()
            const { client, priority, fresh } = now
            waiting.set(controller, { client, fresh })
            const asked = { priority, fresh, signal: controller.signal, ...(client === undefined ? {} : { client }) }
            void pool.acquire(asked).then(
              (lease) => {
                waiting.delete(controller)
                held.push({ client, lease })
              },
              () => waiting.delete(controller),
            )
          } else if (now.do === 'wait') {
            await clock.advance(now.ms)
          } else if (now.do === 'abort') {
            const all = [...waiting.keys()]
            all[now.n % Math.max(1, all.length)]?.abort()
          } else if (held.length > 0) {
            const [one] = held.splice(now.n % held.length, 1)
            const { lease } = one as (typeof held)[number]
            if (now.do === 'lose') {
              const { resource } = lease
              lost.add(resource)
              resource.signals?.lost()
              lease.release()
              for (const other of held.filter(({ lease }) => lost.has(lease.resource))) {
                held.splice(held.indexOf(other), 1)
                other.lease.release()
              }
            } else if (now.do === 'detach' && lease.connection.leases > 1) lease.release()
            else lease[now.do as 'release']()
          }
          await clock.settle()
          for (const client of ['a', 'b', 'c']) expect(leasesOf(client)).toBeLessThanOrEqual(max)
          const { idle, waiting: count, size: open } = pool.stats()
          expect(open).toBeLessThanOrEqual(size)
          expect(count).toBe(waiting.size)
          const eligible = [...waiting.values()].filter(
            ({ client, fresh }) => !fresh && (client === undefined || leasesOf(client) < max),
          )
          if (idle > 0) expect(eligible, 'who waits with a connection idle').toEqual([])
        }
        for (const { lease } of held) lease.release()
        await pool.destroy()
      },
    ),
    { numRuns: 200 },
  )
})
