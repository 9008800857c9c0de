import { expect, it } from 'vitest'
import { testPool } from '../../test/test-pool.js'

it.each([30_000, Number.POSITIVE_INFINITY])(
  'says since when a connection is idle with an idle.timeout of %d',
  async (timeout) => {
    const { pool, clock } = testPool({ idle: { timeout } })
    const lease = await pool.acquire()
    await clock.advance(1_000)
    const since = () => [...pool.connections()][0]?.idleSince
    expect(since()).toBeUndefined()
    lease.release()
    expect(since()).toBe(1_000)
    await clock.advance(5_000)
    const late = (since() ?? 0) - 1_000
    expect(late).toBeGreaterThanOrEqual(0)
    expect(late).toBeLessThanOrEqual(timeout === 30_000 ? 150 : 1_000)
    pool.tryAcquire()
    expect(since()).toBeUndefined()
  },
)

it('needs no timer for connections that are never closed for being idle', async () => {
  const { pool, clock } = testPool({ size: { min: 1 } })
  const lease = await pool.acquire()
  lease.release()
  await clock.advance(1_000)
  expect(clock.pending).toBe(0)
  expect(pool.stats().idle).toBe(1)
})

it('sets no more than one timer however many connections are parked', async () => {
  const { pool, clock } = testPool()
  const leases = await Promise.all(Array.from({ length: 10 }, () => pool.acquire()))
  for (const lease of leases) {
    lease.release()
    expect(clock.pending).toBe(1)
    await clock.advance(7)
  }
  expect(clock.pending).toBe(1)
})
