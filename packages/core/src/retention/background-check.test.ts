import { expect, it } from 'vitest'
import { deferred, type TestResource } from '../../test/test-adapter.js'
import { follow, record, slowOpens, testPool } from '../../test/test-pool.js'
import type { VirtualClock } from '../../test/virtual-clock.js'

const forever = { timeout: Number.POSITIVE_INFINITY }

function timedChecks(outcome: (resource: TestResource) => Promise<void> = async () => {}) {
  const times: { id: number; at: number }[] = []
  const overrides = (clock: VirtualClock) => ({
    ...slowOpens(clock, 1),
    check: (resource: TestResource) => {
      times.push({ id: resource.id, at: clock.now() })
      return outcome(resource)
    },
  })
  return { times, overrides }
}

it('checks an idle connection every health.every, and not more often', async () => {
  const { times, overrides } = timedChecks()
  const { clock } = testPool({ size: { min: 1 }, idle: forever, health: { every: 1_000 } }, overrides)
  await clock.advance(10_500)
  const gaps = times.map(({ at }, i) => at - (times[i - 1]?.at ?? 0))
  expect(times.length).toBeGreaterThanOrEqual(9)
  for (const gap of gaps.slice(1)) expect(gap).toBeGreaterThanOrEqual(999)
  for (const gap of gaps) expect(gap).toBeLessThanOrEqual(1_101)
})

it('does not check a connection that is leased, nor one that was used less than half of health.every ago', async () => {
  const { times, overrides } = timedChecks()
  const { pool, clock } = testPool({ health: { every: 1_000 } }, overrides)
  const lease = follow(pool.acquire())
  await clock.advance(10_000)
  expect(times).toEqual([])
  lease.value.release()
  await clock.advance(499)
  expect(times).toEqual([])
  await clock.advance(1_001)
  expect(times).toHaveLength(1)
})

it('ends a connection whose background check fails, and restores size.min (invariants 8 and 9)', async () => {
  const failure = new Error('no answer')
  const { overrides } = timedChecks(({ id }) => (id === 1 ? Promise.reject(failure) : Promise.resolve()))
  const { pool, clock } = testPool({ size: { min: 1 }, idle: forever, health: { every: 1_000 } }, overrides)
  const disconnects = record(pool, 'disconnect')
  await clock.advance(2_000)
  expect(disconnects.map(({ event }) => [event.connection.id, event.reason, event.error])).toEqual([
    [1, 'unhealthy', failure],
  ])
  expect(pool.stats().idle).toBe(1)
})

it('ends a connection whose background check takes longer than health.timeout', async () => {
  const { times, overrides } = timedChecks(() => new Promise(() => {}))
  const { pool, clock } = testPool(
    { idle: forever, size: { min: 1 }, health: { every: 1_000, timeout: 200 } },
    overrides,
  )
  await clock.advance(1_001)
  expect(times).toHaveLength(1)
  await clock.advance(200)
  expect(pool.stats().closed.unhealthy).toBe(1)
})

it('has at most health.concurrency background checks running', async () => {
  const pending: (() => void)[] = []
  const { times, overrides } = timedChecks(() => {
    const { promise, resolve } = deferred<void>()
    pending.push(() => resolve())
    return promise
  })
  const { clock } = testPool(
    { size: { min: 5 }, idle: forever, health: { every: 1_000, concurrency: 2, timeout: 60_000 } },
    overrides,
  )
  await clock.advance(3_000)
  expect(times).toHaveLength(2)
  for (const resolve of pending.splice(0)) resolve()
  await clock.advance(200)
  expect(times).toHaveLength(4)
})

it.each([true, false])(
  'spreads the background checks of connections that were opened together (health.onAcquire %s)',
  async (onAcquire) => {
    let draw = 0
    const { times, overrides } = timedChecks()
    const { clock } = testPool(
      {
        size: { min: 10 },
        idle: forever,
        health: { onAcquire, every: 10_000, concurrency: Number.POSITIVE_INFINITY },
        random: () => (draw++ % 10) / 10,
      },
      overrides,
    )
    await clock.advance(30_000)
    for (let round = 0; round < 2; round++) {
      const inRound = times.slice(round * 10, round * 10 + 10).map(({ at }) => at)
      expect(new Set(inRound).size).toBeGreaterThanOrEqual(8)
      expect(Math.max(...inRound) - Math.min(...inRound)).toBeGreaterThan(2_000)
    }
  },
)

it('lends a connection without another check when one in the background has just passed', async () => {
  const { times, overrides } = timedChecks()
  const { pool, clock } = testPool({ size: { min: 1 }, idle: forever, health: { every: 1_000, after: 100 } }, overrides)
  while (times.length === 0) await clock.advance(10)
  await clock.advance(50)
  expect(pool.tryAcquire()).toBeDefined()
  expect(times).toHaveLength(1)
})

it('lets an acquire have another connection while one is checked in the background', async () => {
  const { overrides } = timedChecks(() => new Promise(() => {}))
  const { pool, clock } = testPool(
    { size: { min: 2 }, idle: forever, health: { every: 1_000, concurrency: 1, onAcquire: false } },
    overrides,
  )
  await clock.advance(2_001)
  const checked = [...pool.connections()].find(({ state }) => state === 'idle.checking')
  const lease = pool.tryAcquire()
  expect(checked).toBeDefined()
  expect(lease?.connection.id).not.toBe(checked?.id)
  expect(pool.tryAcquire()).toBeUndefined()
})

it('gives a connection to a waiter as soon as its background check has passed', async () => {
  const check = deferred<void>()
  const { overrides } = timedChecks(() => check.promise)
  const { pool, clock } = testPool({ size: { min: 1, max: 1 }, idle: forever, health: { every: 1_000 } }, overrides)
  await clock.advance(1_001)
  const waiting = follow(pool.acquire())
  await clock.settle()
  expect(waiting.state).toBe('pending')
  check.resolve()
  await clock.settle()
  expect(waiting.state).toBe('fulfilled')
})

it('does not let a waiter wait for a hanging background check while another connection could be checked', async () => {
  const { overrides } = timedChecks(({ id }) => (id === 1 ? new Promise(() => {}) : Promise.resolve()))
  const { pool, clock } = testPool(
    { size: { min: 2, max: 2 }, idle: forever, health: { every: 1_000, concurrency: 1, timeout: 60_000 } },
    overrides,
  )
  await clock.advance(1_050)
  expect([...pool.connections()].map(({ state }) => state)).toEqual(['idle.checking', 'idle.ready'])
  const waiting = follow(pool.acquire())
  await clock.advance(100)
  expect(waiting.value?.connection.id).toBe(2)
})
