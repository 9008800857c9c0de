import { createPool } from '@millpond/core'
import { type SimulatedResource, simulatedAdapter, virtualClock } from '@millpond/testing'
import { describe, expect, it } from 'vitest'
import { keepMin } from './keep-min.js'

async function poolOf(count: number, min: number) {
  const clock = virtualClock()
  const adapter = simulatedAdapter({ connect: 1, clock })
  const total = (): number => pool.stats().size - pool.stats().closing
  const pool = createPool<SimulatedResource>(adapter, {
    clock,
    connect: { growth: 'eager' },
    idle: { timeout: Number.POSITIVE_INFINITY },
    policies: [keepMin(min, 1_000, total)],
  })
  const asked = Array.from({ length: count }, () => pool.acquire())
  await clock.advance(10)
  const leases = await Promise.all(asked)
  const close = () => Promise.all([pool.close(), clock.advance(10_000)])
  return { clock, pool, leases, close }
}

describe('keepMin', () => {
  it('closes what has rested for the timeout, until min are left', async () => {
    const { clock, pool, leases, close } = await poolOf(4, 2)
    for (const lease of leases) lease.release()
    await clock.advance(990)
    expect(pool.stats().size).toBe(4)
    await clock.advance(20)
    expect(pool.stats()).toMatchObject({ size: 2, idle: 2, closed: { idle: 2 } })
    await clock.advance(10_000)
    expect(pool.stats().size).toBe(2)
    await close()
  })

  it('counts those that are borrowed, and opens none', async () => {
    const { clock, pool, leases, close } = await poolOf(3, 2)
    const [first, second, third] = leases
    third?.release()
    await clock.advance(1_010)
    expect(pool.stats()).toMatchObject({ size: 2, idle: 0, leases: 2 })
    first?.retire()
    await clock.advance(5_000)
    expect(pool.stats()).toMatchObject({ size: 1, opened: 3 })
    second?.release()
    await close()
  })

  it('looks again at what it kept, once there are more', async () => {
    const { clock, pool, leases, close } = await poolOf(2, 1)
    const [first, second] = leases
    first?.release()
    second?.release()
    await clock.advance(1_500)
    expect(pool.stats().size).toBe(1)
    const kept = pool.tryAcquire()
    const another = pool.acquire()
    await clock.advance(10)
    kept?.release()
    ;(await another).release()
    expect(pool.stats().size).toBe(2)
    await clock.advance(2_500)
    expect(pool.stats().size).toBe(1)
    await close()
  })
})
