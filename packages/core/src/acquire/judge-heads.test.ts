import { describe, expect, it } from 'vitest'
import type { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, type Outcome, record, slowOpens, testPool } from '../../test/test-pool.js'
import { type Admission, type AdmitRequest, definePolicy, type PolicyHost } from '../policies/policy.js'
import type { PoolOptions } from '../pool/pool-options.js'

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
