import { createPool } from '@millpond/core'
import { type SimulatedResource, simulatedAdapter, virtualClock } from '@millpond/testing'
import { describe, expect, it } from 'vitest'
import { trimIdle } from './trim-idle.js'

async function poolOf(count: number, max: number) {
  const clock = virtualClock()
  const adapter = simulatedAdapter({ connect: 1, clock })
  const idle = (): number => pool.stats().idle
  const pool = createPool<SimulatedResource>(adapter, {
    clock,
    connect: { growth: 'eager' },
    idle: { timeout: Number.POSITIVE_INFINITY },
    policies: [trimIdle(max, idle)],
  })
  const asked = Array.from({ length: count }, () => pool.acquire())
  await clock.advance(10)
  const leases = await Promise.all(asked)
  const close = () => Promise.all([pool.close(), clock.advance(10_000)])
  return { clock, pool, leases, close }
}

describe('trimIdle', () => {
  it('closes what has rested for a second, until max are left', async () => {
    const { clock, pool, leases, close } = await poolOf(4, 2)
    for (const lease of leases) lease.release()
    await clock.advance(900)
    expect(pool.stats().size).toBe(4)
    await clock.advance(200)
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2, closed: { idle: 2 } })
    await clock.advance(60_000)
    expect(pool.stats().size).toBe(2)
    await close()
  })

  it('closes nothing in a lull that is over sooner', async () => {
    const { clock, pool, leases, close } = await poolOf(3, 1)
    for (const lease of leases) lease.release()
    await clock.advance(800)
    const again = [pool.tryAcquire(), pool.tryAcquire(), pool.tryAcquire()]
    await clock.advance(800)
    for (const lease of again) lease?.release()
    expect(pool.stats()).toMatchObject({ size: 3, opened: 3 })
    await close()
  })

  it('looks again at what it kept, though the others never rest for long', async () => {
    const { clock, pool, leases, close } = await poolOf(2, 1)
    const [first, second] = leases
    first?.release()
    await clock.advance(1_500)
    expect(pool.stats().size).toBe(2)
    second?.release()
    for (let n = 0; n < 30; n++) {
      await clock.advance(99)
      pool.tryAcquire()?.release()
    }
    expect(pool.stats().size).toBe(1)
    await close()
  })
})
