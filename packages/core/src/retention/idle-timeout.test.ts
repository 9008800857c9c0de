import { expect, it } from 'vitest'
import { deferred } from '../../test/test-adapter.js'
import { follow, record, slowOpens, testPool } from '../../test/test-pool.js'
import { EXPIRIES_AT_ONCE } from '../time/timer-wheel.js'

it.each([1_000, 30_000, 600_000])(
  'closes an idle connection after %d ms: never early, late by at most 1 % or 10 ms',
  async (timeout) => {
    const { pool, clock } = testPool({ idle: { timeout } })
    const lease = await pool.acquire()
    await clock.advance(5_000)
    lease.release()
    await clock.advance(timeout - 1)
    expect(pool.stats().idle).toBe(1)
    await clock.advance(Math.max(10, timeout / 100) + 1)
    expect(pool.stats()).toMatchObject({ size: 0, closed: { idle: 1 } })
  },
)

it('closes very many over several ticks, so that the event loop goes on meanwhile', async () => {
  const count = 3 * EXPIRIES_AT_ONCE
  const { pool, clock } = testPool({ size: { max: count }, idle: { timeout: 1_000 } })
  await pool.warm(count)
  const left: number[] = []
  for (let ms = 0; ms < 1_020; ms++) {
    await clock.advance(1)
    const { idle } = pool.stats()
    if (idle !== (left.at(-1) ?? count)) left.push(idle)
  }
  expect(left).toEqual([2 * EXPIRIES_AT_ONCE, EXPIRIES_AT_ONCE, 0])
})

it('counts from the last use', async () => {
  const { pool, clock } = testPool({ idle: { timeout: 1_000 } })
  for (let i = 0; i < 5; i++) {
    ;(await pool.acquire()).release()
    await clock.advance(900)
  }
  expect(pool.stats()).toMatchObject({ idle: 1, opened: 1 })
  await clock.advance(111)
  expect(pool.stats().size).toBe(0)
})

it('lets those unused the longest go while the last used stay', async () => {
  const { pool, clock } = testPool({ idle: { timeout: 1_000 } })
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  for (const lease of leases) lease.release()
  for (let i = 0; i < 12; i++) {
    await clock.advance(100)
    ;(await pool.acquire()).release()
  }
  expect(pool.stats()).toMatchObject({ idle: 1, closed: { idle: 2 } })
})

it('closes a connection that was parked after another one that was lent again', async () => {
  const { pool, clock } = testPool({ idle: { timeout: 1_000 } })
  const [first, second] = await Promise.all([pool.acquire(), pool.acquire()])
  first.release()
  expect(pool.tryAcquire()?.connection.id).toBe(first.connection.id)
  second.release()
  await clock.advance(1_011)
  expect(pool.stats()).toMatchObject({ idle: 0, leases: 1, closed: { idle: 1 } })
})

it('closes each of several in its turn', async () => {
  const { pool, clock } = testPool({ idle: { timeout: 1_000 } })
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  for (const lease of leases) {
    lease.release()
    await clock.advance(200)
  }
  const sizes: number[] = []
  for (let i = 0; i < 3; i++) {
    await clock.advance(i === 0 ? 411 : 200)
    sizes.push(pool.stats().size)
  }
  expect(sizes).toEqual([2, 1, 0])
})

it('never goes below size.min (invariant 9)', async () => {
  const { pool, clock } = testPool({ size: { min: 2 }, idle: { timeout: 1_000 } })
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire()])
  for (const lease of leases) lease.release()
  await clock.advance(1_011)
  expect(pool.stats()).toMatchObject({ idle: 2, closed: { idle: 2 }, opened: 4 })
  await clock.advance(100_000)
  expect(pool.stats()).toMatchObject({ idle: 2, opened: 4 })
})

it('never goes below size.minSpare idle ones', async () => {
  const { pool, clock } = testPool({ size: { minSpare: 1 }, idle: { timeout: 1_000 } })
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  for (const lease of leases) lease.release()
  await clock.advance(60_000)
  expect(pool.stats()).toMatchObject({ idle: 1, size: 1, opened: 4, closed: { idle: 3 } })
})

it('closes idle connections that a lower size.min no longer keeps', async () => {
  const { pool, clock } = testPool({ size: { min: 3 }, idle: { timeout: 1_000 } })
  await clock.advance(5_000)
  expect(pool.stats().idle).toBe(3)
  pool.resize({ min: 1 })
  await clock.advance(11)
  expect(pool.stats().idle).toBe(1)
})

it('keeps idle connections for ever with Infinity, without a timer', async () => {
  const { pool, clock } = testPool({ idle: { timeout: Number.POSITIVE_INFINITY } })
  ;(await pool.acquire()).release()
  await clock.advance(1_000)
  expect(clock.pending).toBe(0)
  await clock.advance(2 ** 33)
  expect(pool.stats().idle).toBe(1)
})

it('closes an idle connection whose background check was running when its idle.timeout passed (invariant 9)', async () => {
  const check = deferred<void>()
  const { pool, clock } = testPool(
    { idle: { timeout: 1_000 }, health: { every: 900, onAcquire: false } },
    { check: () => check.promise },
  )
  ;(await pool.acquire()).release()
  await clock.advance(2_000)
  expect([...pool.connections()][0]?.state).toBe('idle.checking')
  check.resolve()
  await clock.advance(11)
  expect(pool.stats()).toMatchObject({ size: 0, closed: { idle: 1 } })
})

it('closes an idle connection that became one too many because another was opened (invariant 9)', async () => {
  const { pool, clock } = testPool({ size: { min: 1 }, idle: { timeout: 1_000 } })
  await clock.advance(5_000)
  await pool.acquire({ fresh: true })
  await clock.advance(1_011)
  expect(pool.stats()).toMatchObject({ idle: 0, leases: 1 })
})

it('closes the longest idle beyond idle.max at once', async () => {
  const { pool, clock } = testPool({ idle: { max: 2 } })
  const disconnects = record(pool, 'disconnect')
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire()])
  for (const lease of leases) {
    lease.release()
    await clock.advance(1)
    expect(pool.stats().idle).toBeLessThanOrEqual(2)
  }
  expect(disconnects.map(({ event }) => [event.connection.id, event.reason])).toEqual([
    [leases[0]?.connection.id, 'surplus'],
    [leases[1]?.connection.id, 'surplus'],
  ])
})

it('serves waiters before it closes anything with an idle.max of 0', async () => {
  const { pool, clock } = testPool({ size: { max: 1 }, idle: { max: 0 } }, (clock) => slowOpens(clock, 10))
  const first = follow(pool.acquire())
  const second = follow(pool.acquire())
  await clock.advance(10)
  first.value.release()
  await clock.settle()
  expect(second.value.connection.id).toBe(1)
  second.value.release()
  await clock.settle()
  expect(pool.stats()).toMatchObject({ size: 0, closed: { surplus: 1 } })
})

it('keeps size.min idle ones while others are on their way out', async () => {
  const { pool, clock } = testPool({ size: { min: 1 }, idle: { timeout: 1_000 }, connect: { growth: 'eager' } })
  const [kept, leaving] = await Promise.all([pool.acquire(), pool.acquire()])
  leaving.resource.signals?.retire()
  kept.release()
  await clock.advance(5_000)
  expect(pool.stats()).toMatchObject({ idle: 1, opened: 2, closed: { idle: 0 } })
})
