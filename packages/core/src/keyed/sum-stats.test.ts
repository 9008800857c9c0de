import { describe, expect, it } from 'vitest'
import { leaseAll, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { follow } from '../../test/test-pool.js'

it('sums over the keys that are known, and equals a recount of connections() (invariant 10)', async () => {
  const { pool, clock, server } = testKeyedPool({ perKey: 2 }, () => ({ close: () => new Promise(() => {}) }))
  await leaseAll(pool, 'a', 2)
  follow(pool.acquire('a'))
  ;(await pool.acquire('b')).release()
  const retired = await pool.acquire('c')
  await pool.acquire('c')
  retired.retire()
  server('d').state = 'hanging'
  follow(pool.acquire('d'))
  await clock.settle()
  const stats = pool.stats()
  expect(stats).toMatchObject({
    keys: 4,
    connecting: 1,
    connected: 3,
    idle: 1,
    closing: 1,
    size: 6,
    leases: 3,
    waiting: 2,
    opened: 5,
    acquired: 5,
  })
  const states = [...pool.connections()].map(({ state }) => state.split('.')[0])
  const { connecting, connected, idle, closing, size } = stats
  expect(states.sort()).toEqual(
    [
      ...Array(connecting).fill('connecting'),
      ...Array(connected).fill('connected'),
      ...Array(idle).fill('idle'),
      ...Array(closing).fill('closing'),
    ].sort(),
  )
  expect(connecting + connected + idle + closing).toBe(size)
})

it('says the total limit for max, and the sum of size.min for min', async () => {
  const { pool } = testKeyedPool({ total: 7, perKey: 3, size: { min: 1 } })
  for (const key of ['a', 'b']) (await pool.acquire(key)).release()
  expect(pool.stats()).toMatchObject({ max: 7, min: 2, state: 'running' })
  expect(testKeyedPool().pool.stats()).toMatchObject({ max: Number.POSITIVE_INFINITY, min: 0 })
})

it('says the age of the oldest lease and of the oldest waiter of all keys, and neither where there is none', async () => {
  const { pool, clock } = testKeyedPool({ perKey: 1 })
  expect(Object.keys(pool.stats())).not.toContain('oldestLease')
  const oldest = await pool.acquire('a')
  await clock.advance(100)
  await pool.acquire('b')
  follow(pool.acquire('b'))
  await clock.advance(50)
  follow(pool.acquire('a'))
  await clock.advance(7)
  expect(pool.stats()).toMatchObject({ oldestLease: 157, oldestWaiter: 57 })
  oldest.destroy()
  await clock.settle()
  expect(pool.stats()).toMatchObject({ oldestLease: 57, oldestWaiter: 57 })
})

it('counts in its totals what was counted by keys that are forgotten, closed or put out', async () => {
  const { pool, clock, server } = testKeyedPool({
    maxKeys: 3,
    perKey: 1,
    idle: { timeout: 1_000 },
    connect: { backoff: { initialDelay: 10, maxDelay: 10 } },
  })
  ;(await pool.acquire('forgotten')).release()
  await pool.acquire('timeouts')
  const timedOut = follow(pool.acquire('timeouts', { timeout: 10 }))
  const controller = new AbortController()
  const aborted = follow(pool.acquire('timeouts', { signal: controller.signal }))
  controller.abort()
  await clock.advance(10)
  expect([timedOut.error.name, aborted.error.name]).toEqual(['TimeoutError', 'AbortError'])
  await pool.for('timeouts').destroy()
  server('failing').state = 'down'
  await expect(pool.acquire('failing')).rejects.toBeDefined()
  await clock.advance(5_000)
  for (const key of ['x', 'y', 'z', 'w']) (await pool.acquire(key)).release()
  await clock.settle()
  const { closed, ...rest } = pool.stats()
  expect(rest).toMatchObject({ opened: 6, acquired: 6, timedOut: 1, aborted: 1, rejected: 1, keys: 3, size: 3 })
  expect(closed).toMatchObject({ idle: 1, revoked: 1, 'connect-failed': 1, 'pool-closed': 1, surplus: 0 })
  await pool.close()
  expect(pool.stats()).toMatchObject({ opened: 6, acquired: 6, closed: { idle: 1, 'pool-closed': 4 } })
})

it('never counts anything twice, or backwards, while keys come and go', async () => {
  const { pool, clock } = testKeyedPool({ total: 3, maxKeys: 4, idle: { timeout: 50 } })
  let before = { opened: 0, acquired: 0, gone: 0 }
  let acquired = 0
  for (let i = 0; i < 200; i++) {
    const lease = await pool.acquire(`key ${(i * 7) % 11}`)
    acquired++
    if (i % 5 === 0) lease.destroy()
    else lease.release()
    if (i % 13 === 0) await clock.advance(30)
    if (i % 29 === 0) void pool.for(`key ${i % 11}`).close()
    const stats = pool.stats()
    const gone = Object.values(stats.closed).reduce((sum, n) => sum + n, 0)
    expect(stats.acquired).toBe(acquired)
    expect(stats.opened - gone).toBe(stats.size)
    expect(stats.opened).toBeGreaterThanOrEqual(before.opened)
    expect(gone).toBeGreaterThanOrEqual(before.gone)
    before = { opened: stats.opened, acquired, gone }
  }
})

it('gives a copy: what is done to it does not change the pool', () => {
  const { pool } = testKeyedPool()
  const { closed } = pool.stats()
  ;(closed as { idle: number }).idle = 99
  expect(pool.stats().closed.idle).toBe(0)
})

describe('with `stats: full`', () => {
  it('has histograms over all keys, those that are forgotten included', async () => {
    const { pool, clock, server } = testKeyedPool({ stats: 'full', idle: { timeout: 1_000 } })
    server('b').delay = 30
    for (const key of ['a', 'b']) {
      const acquired = follow(pool.acquire(key))
      await clock.advance(40)
      acquired.value.release()
    }
    await clock.advance(5_000)
    const { histograms, keys } = pool.stats()
    expect([keys, histograms?.connect, histograms?.lease.count, histograms?.wait.count]).toEqual([
      0,
      expect.objectContaining({ count: 2 }),
      2,
      2,
    ])
    expect(histograms?.connect.max).toBeGreaterThanOrEqual(29)
  })

  it('and without it has none', () => {
    expect(Object.keys(testKeyedPool().pool.stats())).not.toContain('histograms')
  })
})

it('stays what it was once the pool has closed', async () => {
  const { pool } = testKeyedPool()
  ;(await pool.acquire('a')).release()
  await pool.close()
  const stats = pool.stats()
  expect(stats).toMatchObject({ state: 'closed', keys: 0, size: 0, waiting: 0, acquired: 1 })
  expect(pool.stats()).toEqual(stats)
})
