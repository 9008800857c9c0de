import { createPool, isPoolError } from '@millpond/core'
import { type SimulatedResource, simulatedAdapter, virtualClock } from '@millpond/testing'
import { describe, expect, it } from 'vitest'
import { presets } from './presets.js'

function poolOn(preset: (typeof presets)[keyof typeof presets]) {
  const clock = virtualClock()
  const adapter = simulatedAdapter({
    connect: 20,
    check: 1,
    faults: [{ kind: 'refuse', until: 60_000 }],
    clock,
    seed: 7,
  })
  return { clock, adapter, pool: createPool<SimulatedResource>(adapter, { ...preset, clock, random: () => 0.5 }) }
}

describe('presets.database', () => {
  it('keeps callers waiting through an outage, and serves them within a second and one backoff of its end', async () => {
    const { clock, pool } = poolOn(presets.database)
    await clock.advance(40_000)
    const lease = pool.acquire()
    const servedAt = lease.then(() => clock.now())
    await clock.advance(29_000)
    expect(await servedAt).toBeLessThan(62_200)
    ;(await lease).release()
    await Promise.all([pool.close(), clock.advance(5_000)])
  })

  it('rejects them at their deadline, with the reason why', async () => {
    const { clock, pool } = poolOn(presets.database)
    const failed = pool.acquire({ timeout: 5_000 }).catch((error: Error) => error)
    await clock.advance(5_000)
    expect(await failed).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', cause: expect.any(Error) })
    await Promise.all([pool.close(), clock.advance(10_000)])
  })

  it('asks a server that is down no more than once a second', async () => {
    const { clock, adapter, pool } = poolOn(presets.database)
    const waiting = Array.from({ length: 50 }, () => pool.acquire({ timeout: 40_000 }).catch((error: Error) => error))
    await clock.advance(10_000)
    const early = adapter.counts.failed
    await clock.advance(20_000)
    expect(adapter.counts.failed - early).toBeLessThanOrEqual(20)
    await clock.advance(10_000)
    await Promise.all([...waiting, pool.close(), clock.advance(10_000)])
  })

  it('opens at most two at a time', async () => {
    const { clock, adapter, pool } = poolOn(presets.database)
    await clock.advance(60_000)
    const leases = Array.from({ length: 8 }, () => pool.acquire())
    let most = 0
    for (let step = 0; step < 200; step++) {
      most = Math.max(most, pool.stats().connecting)
      await clock.advance(5)
    }
    for (const lease of await Promise.all(leases)) lease.release()
    expect(most).toBe(2)
    expect(adapter.counts.opened).toBe(8)
    await Promise.all([pool.close(), clock.advance(5_000)])
  })

  it('pings what has rested for a second, and nothing sooner', async () => {
    const { clock, adapter, pool } = poolOn(presets.database)
    await clock.advance(60_000)
    const use = async () => {
      const used = pool.use(() => {})
      await clock.advance(100)
      await used
    }
    const checks = () =>
      [...adapter.resources].flatMap(({ history }) => history).filter(({ what }) => what.includes('check'))
    await use()
    await clock.advance(500)
    await use()
    expect(checks()).toEqual([])
    await clock.advance(1_500)
    await use()
    expect(checks()).not.toEqual([])
    await Promise.all([pool.close(), clock.advance(5_000)])
  })
})

describe('presets.failFast', () => {
  it('tells callers of an outage at once', async () => {
    const { clock, pool } = poolOn(presets.failFast)
    const outcomes: [error: unknown, took: number][] = []
    for (let call = 0; call < 8; call++) {
      const began = clock.now()
      const failed = pool.acquire().catch((error: unknown) => outcomes.push([error, clock.now() - began]))
      await clock.advance(900)
      await failed
    }
    for (const [error, took] of outcomes) {
      expect(isPoolError(error, 'ERR_POOL_CONNECT') || isPoolError(error, 'ERR_POOL_CIRCUIT_OPEN')).toBe(true)
      expect(took).toBeLessThan(900)
    }
    expect(outcomes.some(([error]) => isPoolError(error, 'ERR_POOL_CIRCUIT_OPEN'))).toBe(true)
    await Promise.all([pool.close(), clock.advance(5_000)])
  })
})
