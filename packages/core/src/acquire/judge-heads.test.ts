import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, type Outcome, record, slowOpens, testPool } from '../../test/test-pool.js'
import { type Admission, type AdmitRequest, definePolicy, type PolicyHost } from '../policies/policy.js'
import type { PoolOptions } from '../pool/pool-options.js'
import type { AcquireOptions } from './acquire-options.js'
import type { Lease } from './lease.js'

type Judge = (request: AdmitRequest) => Admission

/** A pool of one connection, leased, whose acquires are judged by `judge` once they wait, which is remembered, and by
 * `arriving` when they come. */
async function judged(judge: Judge, options: PoolOptions = {}, arriving: Judge = () => 'admit') {
  const asked: AdmitRequest[] = []
  let host: PolicyHost | undefined
  const policy = definePolicy<TestResource>({
    name: 'judge',
    attach(given) {
      host = given
      return {
        admit(request) {
          if (request.occasion === 'arrival') return arriving(request)
          asked.push(request)
          return judge(request)
        },
      }
    },
  })
  const made = testPool({ size: { max: 1 }, ...options, policies: [policy] })
  await made.pool.warm(1)
  const lease = made.pool.tryAcquire()
  if (lease === undefined) throw new Error('nothing to begin with')
  return { ...made, lease, asked, wake: (at?: number) => host?.wake(at) }
}

const states = (outcomes: Outcome<unknown>[]) => outcomes.map(({ state }) => state)

it('asks about the longest waiting of every priority when a connection is at hand, the highest first', async () => {
  const { pool, clock, lease, asked } = await judged(() => 'admit')
  for (const [priority, client] of [
    [0, 'a'],
    [0, 'b'],
    [2, 'c'],
    [2, 'd'],
    [-1, 'e'],
  ] as const) {
    follow(pool.acquire({ priority, client }))
  }
  lease.release()
  await clock.settle()
  expect(asked.map(({ client, occasion }) => `${client} ${occasion}`)).toEqual(['c turn', 'a turn', 'e turn'])
})

it('rejects one after the other until one is admitted', async () => {
  const { pool, clock, lease } = await judged(({ client }) => (client === 'good' ? 'admit' : 'reject'))
  const failures = record(pool, 'acquireError')
  const all = ['bad', 'worse', 'good', 'bad'].map((client) => follow(pool.acquire({ client })))
  await clock.advance(25)
  lease.release()
  await clock.settle()
  expect(states(all)).toEqual(['rejected', 'rejected', 'fulfilled', 'pending'])
  expect(failures.map(({ event }) => [event.reason, event.waited])).toEqual([
    ['overloaded', 25],
    ['overloaded', 25],
  ])
  expect(pool.stats()).toMatchObject({ rejected: 2, waiting: 1, leases: 1 })
})

it('lets one wait and all behind it in its priority, but no other priority', async () => {
  const { pool, clock, lease } = await judged(({ priority }) => (priority === 5 ? 'wait' : 'admit'))
  const high = [1, 2].map(() => follow(pool.acquire({ priority: 5 })))
  const plain = follow(pool.acquire())
  lease.release()
  await clock.settle()
  expect(states([...high, plain])).toEqual(['pending', 'pending', 'fulfilled'])
})

it('lets the connection rest when everybody is told to wait, and hands it over when woken', async () => {
  let answer: Admission = 'wait'
  const { pool, clock, lease, wake } = await judged(() => answer)
  const waiting = follow(pool.acquire())
  lease.release()
  await clock.settle()
  expect(pool.stats()).toMatchObject({ idle: 1, waiting: 1 })
  answer = 'admit'
  wake()
  await clock.settle()
  expect(waiting.state).toBe('fulfilled')
})

it('asks the next when the one that was told to wait has gone, so that nobody waits behind nobody (invariant 4)', async () => {
  for (const leave of ['abort', 'time out'] as const) {
    const { pool, clock, lease } = await judged(({ client }) => (client === 'heavy' ? 'wait' : 'admit'))
    const controller = new AbortController()
    const heavy = follow(pool.acquire({ client: 'heavy', signal: controller.signal, timeout: 100 }))
    const light = follow(pool.acquire({ client: 'light', timeout: 1_000 }))
    lease.release()
    await clock.settle()
    expect(states([heavy, light])).toEqual(['pending', 'pending'])
    if (leave === 'abort') controller.abort()
    await clock.advance(100)
    expect(states([heavy, light]), leave).toEqual(['rejected', 'fulfilled'])
  }
})

it('opens for the next when the one that was told to wait has gone (invariant 4)', async () => {
  const heavyWaits: Judge = ({ client }) => (client === 'heavy' ? 'wait' : 'admit')
  const { pool, clock, wake } = await judged(heavyWaits, { size: { max: 2 } }, heavyWaits)
  const controller = new AbortController()
  follow(pool.acquire({ client: 'heavy', signal: controller.signal }))
  const light = follow(pool.acquire({ client: 'light' }))
  wake()
  await clock.advance(100)
  controller.abort()
  await clock.advance(100)
  expect(light.state).toBe('fulfilled')
})

describe('grants nobody of whom a policy says wait, whoever is the longest waiting', () => {
  const heavyWaits: Judge = ({ client }) => (client === 'heavy' ? 'wait' : 'admit')

  it('when the longest waiting wants a fresh connection', async () => {
    const { pool, clock, lease } = await judged(heavyWaits, { size: { max: 2 } }, heavyWaits)
    const { connection } = lease
    const opens = record(pool, 'connecting')
    pool.pause()
    const fresh = follow(pool.acquire({ client: 'light', fresh: true }))
    const heavy = follow(pool.acquire({ client: 'heavy' }))
    lease.release()
    pool.resume()
    await clock.settle()
    expect(states([fresh, heavy])).toEqual(['fulfilled', 'pending'])
    expect([connection.state, opens.length]).toEqual(['idle.ready', 1])
  })

  it("with acquire.order 'lifo', where it is not the next", async () => {
    const { pool, clock, lease } = await judged(heavyWaits, { acquire: { order: 'lifo' } }, heavyWaits)
    const light = follow(pool.acquire({ client: 'light' }))
    const heavy = follow(pool.acquire({ client: 'heavy' }))
    lease.release()
    await clock.settle()
    expect(heavy.state).toBe('pending')
    light.value?.release()
    await clock.settle()
    expect(heavy.state).toBe('pending')
  })

  it('with acquire.perClient, where its client may have no lease', async () => {
    const options = { size: { max: 2 }, acquire: { perClient: { max: 1 } } }
    const { pool, clock, lease } = await judged(heavyWaits, options, heavyWaits)
    await pool.warm(2)
    pool.tryAcquire({ client: 'light' })
    follow(pool.acquire({ client: 'light' }))
    const heavy = follow(pool.acquire({ client: 'heavy' }))
    lease.release()
    await clock.settle()
    expect(heavy.state).toBe('pending')
  })
})

it('serves the next when the question itself makes the one asked about leave', async () => {
  const controller = new AbortController()
  const { pool, clock, lease } = await judged(({ client }) => {
    if (client === 'leaving') controller.abort()
    return 'admit'
  })
  const leaving = follow(pool.acquire({ client: 'leaving', signal: controller.signal }))
  const next = follow(pool.acquire())
  lease.release()
  await clock.settle()
  expect(states([leaving, next])).toEqual(['rejected', 'fulfilled'])
})

it('counts a rejection of one that has left meanwhile as its leaving, once (invariant 3)', async () => {
  const controller = new AbortController()
  const { pool, clock, lease } = await judged(() => {
    controller.abort()
    return 'reject'
  })
  const failures = record(pool, 'acquireError')
  const leaving = follow(pool.acquire({ signal: controller.signal }))
  lease.release()
  await clock.settle()
  expect(leaving.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_ABORTED' })
  expect(failures.map(({ event }) => event.reason)).toEqual(['aborted'])
  expect(pool.stats()).toMatchObject({ idle: 1, leases: 0 })
})

it('hands nothing over when the question pauses the pool, and asks again on resume', async () => {
  let pauses = true
  const { pool, clock, lease } = await judged(() => {
    if (pauses) pool.pause()
    return 'admit'
  })
  const waiting = follow(pool.acquire())
  lease.release()
  await clock.settle()
  expect([waiting.state, pool.stats().leases]).toEqual(['pending', 0])
  pauses = false
  pool.resume()
  await clock.settle()
  expect(waiting.state).toBe('fulfilled')
})

it.each(['close', 'destroy'] as const)('fails who waits when the question calls %s', async (end) => {
  const { pool, clock, lease } = await judged(() => {
    void pool[end]()
    return 'admit'
  })
  const waiting = follow(pool.acquire())
  lease.release()
  await clock.advance(10_000)
  expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CLOSED' })
  expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
})

it('judges those that an acquireError listener adds while others are being rejected', async () => {
  const { pool, clock, lease } = await judged(({ client }) => (client === 'again' ? 'admit' : 'reject'))
  const again: Outcome<unknown>[] = []
  pool.once('acquireError', () => again.push(follow(pool.acquire({ client: 'again' }))))
  const first = [1, 2].map(() => follow(pool.acquire()))
  lease.release()
  await clock.settle()
  expect(states([...first, ...again])).toEqual(['rejected', 'rejected', 'fulfilled'])
})

it('does not judge who waits while nothing is at hand for them', async () => {
  const { pool, clock, asked } = await judged(() => 'admit')
  follow(pool.acquire())
  await clock.advance(10_000)
  expect(asked).toEqual([])
})

// /tmp/core-bugs-3.md, 25: Policies are asked 'turn' although what comes back is on its way out
it.each([false, true])('does not judge who waits when what comes back is on its way out (fresh: %s)', async (fresh) => {
  const { pool, lease, asked } = await judged(() => 'admit', { lifetime: { maxUses: 1 } })
  follow(pool.acquire({ fresh }))
  lease.release()
  expect(asked).toEqual([])
})

it('judges before a connection that has just been opened is handed over, too', async () => {
  let answer: Admission = 'wait'
  const opens = gatedOpens()
  const policy = definePolicy<TestResource>({
    name: 'judge',
    admit: ({ occasion }) => (occasion === 'arrival' ? 'admit' : answer),
  })
  const { pool, clock } = testPool({ policies: [policy] }, opens)
  const waiting = follow(pool.acquire())
  opens.calls[0]?.succeed()
  await clock.settle()
  expect([waiting.state, pool.stats().idle]).toEqual(['pending', 1])
  answer = 'admit'
  const second = follow(pool.acquire())
  await clock.settle()
  expect(states([waiting, second])).toContain('fulfilled')
  expect(waiting.state).toBe('fulfilled')
})

it('asks an acquire that is told to wait on arrival again, with its turn', async () => {
  const occasions: string[] = []
  const policy = definePolicy<TestResource>({
    name: 'shy',
    admit({ occasion }) {
      occasions.push(occasion)
      return occasion === 'arrival' ? 'wait' : 'admit'
    },
  })
  const { pool, clock } = testPool({ policies: [policy] })
  await pool.warm(1)
  const waiting = follow(pool.acquire())
  await clock.settle()
  expect([waiting.state, new Set(occasions)]).toEqual(['fulfilled', new Set(['arrival', 'turn'])])
})

it('never lets a later acquire overtake one that a policy lets wait (invariant 5)', async () => {
  const { pool, clock, lease } = await judged(({ client }) => (client === 'heavy' ? 'wait' : 'admit'))
  const heavy = follow(pool.acquire({ client: 'heavy' }))
  lease.release()
  await clock.settle()
  const later = follow(pool.acquire({ client: 'light' }))
  await clock.settle()
  expect([...states([heavy, later]), pool.tryAcquire()]).toEqual(['pending', 'pending', undefined])
})

it('opens for those it admits, though others of another priority are told to wait', async () => {
  const policy = definePolicy<TestResource>({
    name: 'judge',
    admit: ({ priority }) => (priority === 1 ? 'wait' : 'admit'),
  })
  const { pool, clock } = testPool({ policies: [policy] }, (clock) => slowOpens(clock, 50))
  follow(pool.acquire({ priority: 1 }))
  const plain = follow(pool.acquire())
  await clock.advance(100)
  expect(plain.state).toBe('fulfilled')
})

it('asks again, after a check, about one that was admitted before it', async () => {
  let answer: Admission = 'admit'
  const policy = definePolicy<TestResource>({ name: 'judge', admit: () => answer })
  const { pool, clock } = testPool({ size: { max: 2 }, policies: [policy] }, (clock) => ({
    check: () => new Promise<void>((resolve) => clock.setTimeout(resolve, 50)),
  }))
  await pool.warm(2)
  await clock.advance(1_000)
  const waiting = follow(pool.acquire())
  await clock.advance(10)
  answer = 'wait'
  await clock.advance(100)
  expect(waiting.state).toBe('pending')
})

describe('while one priority is told to wait', () => {
  const highWaits: Judge = ({ priority }) => (priority === 1 ? 'wait' : 'admit')

  /** Five connections leased, of at most ten, and `held` waiters of the priority that waits. */
  async function held(count: number, asked: AcquireOptions, options: PoolOptions = {}) {
    const policy = definePolicy<TestResource>({ name: 'judge', admit: highWaits })
    const made = testPool({ size: { max: 10 }, ...options, policies: [policy] }, (clock) => slowOpens(clock, 150))
    const { pool, clock } = made
    void pool.warm(5)
    await clock.advance(150)
    for (let i = 0; i < count; i++) follow(pool.acquire({ priority: 1, timeout: 1_000_000, ...asked }))
    ;(await pool.acquire()).release()
    return made
  }

  it.each([{ fresh: true }, { fresh: false }])(
    'opens for the others what they need all the same (%j)',
    async (asked) => {
      const { pool, clock } = await held(20, asked)
      for (let i = 0; i < 5; i++) await pool.acquire()
      const plain = follow(pool.acquire())
      await clock.advance(1_000)
      expect(plain.state).toBe('fulfilled')
    },
  )

  it('opens for the others what they need, where most of those who wait are one client’s beyond its limit', async () => {
    const { pool, clock } = await held(20, { client: 'many' }, { acquire: { perClient: { max: 1 } } })
    for (let i = 0; i < 5; i++) await pool.acquire()
    const plain = follow(pool.acquire())
    await clock.advance(1_000)
    expect(plain.state).toBe('fulfilled')
  })

  it('does not grow for the others sooner than they alone would', async () => {
    const { pool, clock } = await held(1, {})
    await clock.advance(1_000)
    for (let i = 0; i < 20; i++) {
      void pool.acquire().then((lease) => clock.setTimeout(() => lease.release(), 2))
    }
    await clock.advance(1_000)
    expect(pool.stats()).toMatchObject({ opened: 5, waiting: 1 })
  })

  it('neither closes nor opens for its fresh waiters, whoever else waits', async () => {
    const { pool, clock } = await held(
      1,
      { fresh: true, client: 'b' },
      { size: { max: 5 }, acquire: { perClient: { max: 1 } } },
    )
    await pool.acquire({ client: 'a' })
    follow(pool.acquire({ client: 'a', timeout: 1_000_000 }))
    await clock.advance(10_000)
    expect(pool.stats()).toMatchObject({ opened: 5, size: 5, waiting: 2 })
  })

  it('serves another priority though the one to wait is not the longest waiting of its own (invariant 4)', async () => {
    const heavyWaits: Judge = ({ client }) => (client === 'heavy' ? 'wait' : 'admit')
    const options = { size: { max: 2 }, acquire: { perClient: { max: 1 } } }
    const { pool, clock, lease } = await judged(heavyWaits, options, heavyWaits)
    await pool.warm(2)
    pool.tryAcquire({ client: 'light' })
    follow(pool.acquire({ client: 'light', priority: 1 }))
    const heavy = follow(pool.acquire({ client: 'heavy', priority: 1 }))
    const other = follow(pool.acquire({ client: 'other' }))
    lease.release()
    await clock.settle()
    expect(states([heavy, other])).toEqual(['pending', 'fulfilled'])
  })
})

type Step =
  | { do: 'acquire'; client: string; priority: number; fresh: boolean }
  | { do: 'release' | 'destroy' | 'abort'; n: number }
  | { do: 'say'; client: string; answer: 'admit' | 'wait' | 'reject' }
  | { do: 'pass'; ms: number }

const clients = ['a', 'b', 'c']
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('acquire' as const),
      client: fc.constantFrom(...clients),
      priority: fc.constantFrom(0, 1),
      fresh: fc.constantFrom(false, false, false, true),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('release', 'release', 'destroy', 'abort'), n: fc.nat(50) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('say' as const),
      client: fc.constantFrom(...clients),
      answer: fc.constantFrom('admit', 'admit', 'wait', 'wait', 'reject'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 60) }) },
)

it('grants nobody who is to wait, keeps nobody waiting who is admitted, and opens without end for nobody (4, 12)', async () => {
  const limits = fc.record({
    size: fc.constantFrom(1, 2, 3),
    perClient: fc.constantFrom(undefined, 1, 2),
    order: fc.constantFrom('fifo' as const, 'lifo' as const),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      limits,
      async (steps, { size, perClient, order }) => {
        const says = new Map<string | undefined, Admission>()
        const sayOf = (client: string | undefined) => says.get(client) ?? 'admit'
        let host: PolicyHost | undefined
        const policy = definePolicy<TestResource>({
          name: 'judge',
          attach(given) {
            host = given
            return { admit: ({ client }) => sayOf(client) }
          },
        })
        const { pool, clock } = testPool(
          {
            size: { max: size },
            acquire: {
              timeout: 1_000_000,
              order,
              ...(perClient === undefined ? {} : { perClient: { max: perClient } }),
            },
            policies: [policy],
          },
          (clock) => slowOpens(clock, 20),
        )
        const wrong: string[] = []
        const held: { client: string; lease: Lease<TestResource> }[] = []
        const waiting = new Map<AbortController, { client: string; priority: number; fresh: boolean }>()
        const leasesOf = (client: string) => held.filter((one) => one.client === client).length
        for (const now of steps) {
          if (now.do === 'acquire') {
            const { client, priority, fresh } = now
            const controller = new AbortController()
            waiting.set(controller, { client, priority, fresh })
            void pool.acquire({ client, priority, fresh, signal: controller.signal }).then(
              (lease) => {
                waiting.delete(controller)
                held.push({ client, lease })
                if (sayOf(client) !== 'admit') wrong.push(`${client} is granted`)
              },
              () => waiting.delete(controller),
            )
          } else if (now.do === 'say') {
            says.set(now.client, now.answer)
            host?.wake()
          } else if (now.do === 'pass') {
            await clock.advance(now.ms)
          } else if (now.do === 'abort') {
            ;[...waiting.keys()][now.n % Math.max(1, waiting.size)]?.abort()
          } else if (held.length > 0) {
            const [one] = held.splice(now.n % held.length, 1)
            one?.lease[now.do]()
          }
          await clock.settle()
          expect(wrong).toEqual([])
          if (pool.stats().idle === 0) continue
          for (const priority of [0, 1]) {
            const level = [...waiting.values()].filter((one) => one.priority === priority)
            if (level.some(({ client }) => sayOf(client) !== 'admit')) continue
            const eligible = level.filter(
              ({ client, fresh }) => !fresh && (perClient === undefined || leasesOf(client) < perClient),
            )
            expect(eligible, 'who waits with a connection idle').toEqual([])
          }
        }
        const { opened } = pool.stats()
        await clock.advance(5_000)
        expect(pool.stats().opened - opened, 'opens with nothing happening').toBeLessThan(size + steps.length)
        await pool.destroy()
      },
    ),
    { numRuns: 300 },
  )
})
