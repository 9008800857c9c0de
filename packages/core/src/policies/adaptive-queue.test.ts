import { describe, expect, it } from 'vitest'
import { follow, type Outcome, record, testPool } from '../../test/test-pool.js'
import type { VirtualClock } from '../../test/virtual-clock.js'
import { OverloadedError } from '../errors/overloaded-error.js'
import type { Pool } from '../pool/pool.js'
import type { AdaptiveOptions, PoolOptions } from '../pool/pool-options.js'
import { adaptiveQueue } from './adaptive-queue.js'
import type { Admission, AdmitRequest } from './policy.js'

/** The policy by itself, and when it wants to be woken. */
function codel(options: Required<AdaptiveOptions> = { target: 50, interval: 1_000 }) {
  const wakes: (number | undefined)[] = []
  const hooks = adaptiveQueue(options).attach?.({
    pool: 'test',
    stats: () => {
      throw new Error('not needed')
    },
    now: () => 0,
    random: () => 0.5,
    wake: (at) => void wakes.push(at),
    waitingSince: () => undefined,
    evict: () => false,
  })
  const ask = (request: Partial<AdmitRequest>): Admission =>
    hooks?.admit?.({ occasion: 'turn', priority: 0, client: undefined, waited: 0, waiting: 1, now: 0, ...request }) ??
    'admit'
  return {
    wakes,
    ask,
    arrive: (now: number, waiting = 0, priority = 0) => ask({ occasion: 'arrival', now, waiting, priority }),
    turn: (now: number, waited: number, priority = 0) => ask({ now, waited, priority }),
    wake: (now: number, waited: number, priority = 0) => ask({ occasion: 'wake', now, waited, priority }),
  }
}

const isRefusal = (admission: Admission) => typeof admission === 'object' && admission.error instanceof OverloadedError

describe('by itself', () => {
  it('admits whoever arrives, also while the queue is slow', () => {
    const { arrive, turn } = codel()
    for (let now = 0; now <= 5_000; now += 100) turn(now, 90)
    expect([arrive(5_000, 3), arrive(5_001, 10_000)]).toEqual(['admit', 'admit'])
  })

  it('refuses nobody while some wait in every interval is no longer than the target', () => {
    const { arrive, turn } = codel()
    arrive(0)
    const answers: Admission[] = []
    for (let now = 0; now <= 20_000; now += 100) answers.push(turn(now, now % 1_000 === 500 ? 50 : 900))
    expect(answers.filter((answer) => answer !== 'admit')).toEqual([])
  })

  it('is slow once every wait of an interval was longer than the target, and refuses who waited twice as long', () => {
    const { arrive, turn } = codel()
    arrive(0)
    turn(1_000, 51)
    for (let now = 1_100; now < 2_000; now += 100) expect(turn(now, 800)).toBe('admit')
    expect([turn(2_000, 100), turn(2_001, 101)].map(isRefusal)).toEqual([false, true])
    expect(turn(2_002, 100)).toBe('admit')
  })

  it('recovers after an interval in which a wait was short', () => {
    const { arrive, turn } = codel()
    arrive(0)
    turn(1_000, 60)
    expect(isRefusal(turn(2_000, 400))).toBe(true)
    turn(2_500, 20)
    expect(isRefusal(turn(2_999, 400)), 'still slow until the interval ends').toBe(true)
    expect(turn(3_000, 400)).toBe('admit')
    expect(turn(3_001, 400)).toBe('admit')
  })

  it('recovers at once when somebody comes to an empty queue', () => {
    const { arrive, turn } = codel()
    arrive(0)
    turn(1_000, 60)
    expect(isRefusal(turn(2_000, 400))).toBe(true)
    arrive(2_100, 0)
    expect(turn(2_600, 500)).toBe('admit')
  })

  it('counts a queue from which nothing was taken for an interval as slow, when woken', () => {
    const { arrive, wake } = codel()
    arrive(0)
    expect(wake(999, 999)).toBe('admit')
    expect(isRefusal(wake(1_000, 1_000))).toBe(true)
    expect([wake(1_000, 101), wake(1_000, 100)].map(isRefusal)).toEqual([true, false])
  })

  it('does not count a queue as slow that was taken from within the interval', () => {
    const { arrive, turn, wake } = codel()
    arrive(0)
    for (let now = 100; now <= 5_000; now += 100) {
      turn(now, 10)
      expect(wake(now + 50, 600)).toBe('admit')
    }
  })

  it('wants to be woken when who waits would have been waiting too long, and not before there is somebody', () => {
    const { arrive, wake, wakes } = codel()
    expect(wakes).toEqual([])
    arrive(10)
    expect(wakes.every((at) => at !== undefined && at > 10 && at <= 1_010)).toBe(true)
    wakes.length = 0
    wake(1_010, 1_000)
    wake(1_010, 40)
    expect(wakes).toHaveLength(1)
    expect(wakes[0]).toBeGreaterThan(1_010 + 60)
    expect(wakes[0]).toBeLessThanOrEqual(1_010 + 62)
  })

  it('judges each priority by its own waits', () => {
    const { arrive, turn } = codel()
    for (const priority of [0, 1]) arrive(0, 0, priority)
    for (let now = 1_000; now <= 3_000; now += 100) {
      turn(now, 500, 0)
      turn(now, 5, 1)
    }
    expect([turn(3_001, 500, 0), turn(3_001, 500, 1)].map(isRefusal)).toEqual([true, false])
  })

  it('says how long who is refused has waited, for which target', () => {
    const { arrive, wake } = codel()
    arrive(0)
    const refusal = wake(5_000, 5_000)
    expect(refusal).toMatchObject({
      verdict: 'reject',
      error: { code: 'ERR_POOL_OVERLOADED', waited: 5_000, pool: 'test' },
    })
    expect((refusal as { error: Error }).error.message).toContain('50 ms')
  })

  it.each([
    { target: 50, interval: 10 },
    { target: 1_000, interval: 1 },
    { target: 5, interval: 5 },
    { target: 0.5, interval: 1_000 },
  ])('never asks to be woken at once, which would be polling (%j)', (options) => {
    const { arrive, wake, wakes } = codel(options)
    arrive(0)
    for (let now = 0; now < 5_000; now += 7) {
      wakes.length = 0
      wake(now, now)
      wake(now, now / 2)
      for (const at of wakes) expect(at, `woken at ${now}`).toBeGreaterThan(now)
    }
  })
})

const options = (adaptive: PoolOptions['acquire'], others: PoolOptions = {}): PoolOptions => ({
  size: { max: 1 },
  ...others,
  acquire: { timeout: 60_000, ...others.acquire, ...adaptive },
})

/** Requests of 100 ms each, one more every `every` ms; their outcomes. */
function keepAsking(pool: Pool<unknown>, clock: VirtualClock, every: number, count: number): Outcome<unknown>[] {
  const outcomes: Outcome<unknown>[] = []
  const ask = () => {
    outcomes.push(
      follow(
        pool.acquire().then((lease) => {
          clock.setTimeout(() => lease.release(), 100)
        }),
      ),
    )
    if (outcomes.length < count) clock.setTimeout(ask, every)
  }
  ask()
  return outcomes
}

const tally = (outcomes: Outcome<unknown>[], state: string) => outcomes.filter((one) => one.state === state).length

describe('in a pool', () => {
  it('is off by default: waiters wait until their deadline', async () => {
    const { pool, clock } = testPool(options({}))
    const outcomes = keepAsking(pool, clock, 50, 200)
    await clock.advance(10_000)
    expect(tally(outcomes, 'rejected')).toBe(0)
  })

  it.each([true, {}, { target: 50 }, { interval: 2_000 }])(
    'is switched on by %j, with the defaults',
    async (adaptive) => {
      const { pool, clock } = testPool(options({ adaptive }))
      const failures = record(pool, 'acquireError')
      const outcomes = keepAsking(pool, clock, 50, 200)
      await clock.advance(2_000)
      expect(tally(outcomes, 'rejected'), 'not before two intervals').toBe(0)
      await clock.advance(8_000)
      expect(tally(outcomes, 'rejected')).toBeGreaterThan(50)
      expect(new Set(failures.map(({ event }) => event.reason))).toEqual(new Set(['overloaded']))
      expect(Math.min(...failures.map(({ event }) => event.waited))).toBeGreaterThan(100)
    },
  )

  it.each([5, 'yes', { target: 0 }, { interval: -1 }, { traget: 5 }])('refuses %j', (adaptive) => {
    expect(() => testPool(options({ adaptive: adaptive as never }))).toThrow('acquire.adaptive')
  })

  it('refuses nobody under a load that it can carry', async () => {
    const { pool, clock } = testPool(options({ adaptive: true }))
    const outcomes = keepAsking(pool, clock, 101, 200)
    await clock.advance(30_000)
    expect(tally(outcomes, 'fulfilled')).toBe(200)
  })

  it('refuses nobody in a burst that is over within an interval', async () => {
    const { pool, clock } = testPool(options({ adaptive: { target: 50, interval: 2_000 } }))
    const outcomes = keepAsking(pool, clock, 0.001, 15)
    await clock.advance(10_000)
    expect(tally(outcomes, 'fulfilled')).toBe(15)
  })

  it('keeps the waits of those it serves near twice the target, once it is slow', async () => {
    const { pool, clock } = testPool(options({ adaptive: { target: 50, interval: 500 } }))
    const waits: number[] = []
    keepAsking(pool, clock, 50, 400)
    await clock.advance(3_000)
    pool.on('acquire', ({ waited }) => waits.push(waited))
    await clock.advance(15_000)
    expect(waits.length).toBeGreaterThan(100)
    expect(Math.max(...waits)).toBeLessThanOrEqual(100)
  })

  it('serves again like any other queue when the overload is over', async () => {
    const { pool, clock } = testPool(options({ adaptive: true }))
    keepAsking(pool, clock, 50, 200)
    await clock.advance(20_000)
    const outcomes = keepAsking(pool, clock, 101, 50)
    await clock.advance(10_000)
    expect(tally(outcomes, 'fulfilled')).toBe(50)
  })

  it('refuses who waits for leases that never come back, though nothing is ever at hand', async () => {
    const { pool, clock } = testPool(options({ adaptive: { target: 50, interval: 1_000 } }))
    await pool.acquire()
    const waiting = [follow(pool.acquire()), follow(pool.acquire({ priority: 3 }))]
    await clock.advance(999)
    expect(tally(waiting, 'pending')).toBe(2)
    await clock.advance(2)
    expect(tally(waiting, 'rejected')).toBe(2)
    const later = follow(pool.acquire())
    await clock.advance(1_002)
    expect(later.error).toMatchObject({ code: 'ERR_POOL_OVERLOADED' })
  })

  it('refuses who waits although a pause came in between', async () => {
    const { pool, clock } = testPool(options({ adaptive: { target: 50, interval: 1_000 } }))
    await pool.acquire()
    const waiting = follow(pool.acquire())
    await clock.advance(500)
    pool.pause()
    await clock.advance(2_000)
    expect(waiting.state, 'nothing is judged while paused').toBe('pending')
    pool.resume()
    await clock.advance(3_000)
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_OVERLOADED' })
  })

  it('never refuses an acquire that finds a connection idle', async () => {
    const { pool, clock } = testPool(options({ adaptive: { target: 1, interval: 1 } }))
    for (let i = 0; i < 100; i++) {
      ;(await pool.acquire()).release()
      await clock.advance(37)
    }
    expect(pool.stats()).toMatchObject({ acquired: 100, rejected: 0 })
  })

  it('has no timer of its own while nobody waits', async () => {
    const { pool, clock } = testPool(options({ adaptive: true }, { idle: { timeout: Number.POSITIVE_INFINITY } }))
    const lease = await pool.acquire()
    follow(pool.use(() => {}))
    lease.release()
    await clock.advance(60_000)
    expect(clock.pending).toBe(0)
    await pool.close()
  })

  it.each([
    { target: 1_000, interval: 10 },
    { target: 50, interval: 1 },
    { target: 50, interval: 2_000 },
  ])('does not poll while leases hang (%j)', async (adaptive) => {
    const { pool, clock } = testPool(options({ adaptive }))
    await pool.acquire()
    follow(pool.acquire({ timeout: 50_000 }))
    let timers = 0
    const { setTimeout } = clock
    Object.assign(clock, {
      setTimeout: (fn: () => void, ms: number) => {
        timers++
        return setTimeout(fn, ms)
      },
    })
    await clock.advance(3_000)
    expect(timers).toBeLessThan(20)
  })

  it('judges the heads of priorities apart: those served in time are not refused for others', async () => {
    const { pool, clock } = testPool(options({ adaptive: { target: 50, interval: 500 } }))
    const urgent: Outcome<unknown>[] = []
    const askUrgently = () => {
      urgent.push(follow(pool.acquire({ priority: 1 }).then((lease) => clock.setTimeout(() => lease.release(), 10))))
      if (urgent.length < 40) clock.setTimeout(askUrgently, 200)
    }
    askUrgently()
    const plain = keepAsking(pool, clock, 50, 150)
    await clock.advance(20_000)
    expect(tally(plain, 'rejected')).toBeGreaterThan(30)
    expect(tally(urgent, 'rejected')).toBe(0)
  })

  it('comes before the shares of clients: a client at its limit is refused for its own long wait', async () => {
    const { pool, clock } = testPool(
      options({ adaptive: { target: 50, interval: 500 }, perClient: { max: 1 } }, { size: { max: 2 } }),
    )
    await pool.acquire({ client: 'greedy' })
    const second = follow(pool.acquire({ client: 'greedy' }))
    const others: Outcome<unknown>[] = []
    for (let i = 0; i < 40; i++) {
      others.push(
        follow(pool.use(() => new Promise<void>((resolve) => clock.setTimeout(resolve, 20)), { client: `c${i}` })),
      )
      await clock.advance(50)
    }
    expect(second.error).toMatchObject({ code: 'ERR_POOL_OVERLOADED' })
    expect(tally(others, 'rejected')).toBe(0)
  })
})
