import { createPool, type PoolOptions } from '@millpond/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { virtualClock } from '../../time/virtual-clock.js'
import { checkFaults, type FaultSchedule } from '../fault.js'
import { type Load, streamsOf } from '../load.js'
import { simulate } from '../simulate.js'
import { simulatedAdapter } from '../simulated-adapter.js'
import type { SimulatedResource } from '../simulated-resource.js'
import { faultSchedule } from './any-fault-schedule.js'
import { load } from './any-load.js'
import { poolOptions } from './any-pool-options.js'

const RUNS = 2_000

/** Which of these are true of how many of the values that are drawn. */
function coverage<T>(arbitrary: fc.Arbitrary<T>, of: Record<string, (value: T) => boolean>): Record<string, number> {
  const counts = Object.fromEntries(Object.keys(of).map((name) => [name, 0]))
  for (const value of fc.sample(arbitrary, { numRuns: RUNS, seed: 7 })) {
    for (const [name, test] of Object.entries(of)) if (test(value)) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

const rare = (counts: Record<string, number>) => Object.keys(counts).filter((name) => (counts[name] ?? 0) < RUNS / 100)

describe('poolOptions()', () => {
  it('draws only what a pool accepts, with a check and without', () => {
    const clock = virtualClock()
    for (const hasCheck of [true, false]) {
      const adapter = simulatedAdapter(hasCheck ? { check: 1, clock } : { clock })
      fc.assert(
        fc.property(poolOptions({ hasCheck, maxSize: 5 }), (options) => {
          const pool = createPool<SimulatedResource>(adapter, { ...options, clock })
          expect(pool.stats().max).toBeLessThanOrEqual(options.size?.max === undefined ? 10 : 5)
          void pool.destroy()
        }),
        { numRuns: RUNS },
      )
    }
  })

  it('draws every option, switched on and left out', () => {
    const set = (read: (options: PoolOptions) => unknown) => (options: PoolOptions) => Boolean(read(options))
    const counts = coverage(poolOptions(), {
      nothing: (options) => options.acquire === undefined,
      min: set(({ size }) => size?.min),
      minSpare: set(({ size }) => size?.minSpare),
      lifo: ({ acquire }) => acquire?.order === 'lifo',
      adaptive: set(({ acquire }) => acquire?.adaptive),
      perClient: set(({ acquire }) => acquire?.perClient),
      'no queue': ({ acquire }) => acquire?.maxWaiting === 0,
      breaker: set(({ connect }) => connect?.breaker),
      retry: set(({ connect }) => connect?.retry),
      'idle.max': ({ idle }) => Number.isFinite(idle?.max),
      random: ({ idle }) => idle?.reuse === 'random',
      maxUses: ({ lifetime }) => Number.isFinite(lifetime?.maxUses),
      maxAge: ({ lifetime }) => Number.isFinite(lifetime?.maxAge),
      'background checks': ({ health }) => Number.isFinite(health?.every),
      maxDuration: ({ lease }) => Number.isFinite(lease?.maxDuration),
      'full statistics': ({ stats }) => stats === 'full',
    })
    expect(rare(counts)).toEqual([])
  })
})

describe('faultSchedule()', () => {
  it('draws only what an adapter accepts, of every kind, at moments, for periods and by chance', () => {
    const has = (test: (fault: FaultSchedule[number]) => boolean) => (faults: FaultSchedule) => {
      checkFaults(faults)
      return faults.some(test)
    }
    const kinds = ['refuse', 'hang', 'slow', 'fail-check', 'fail-reset', 'fail-close', 'lose']
    const counts = coverage(faultSchedule({ duration: 1_000 }), {
      ...Object.fromEntries(kinds.map((kind) => [kind, has((fault) => fault.kind === kind)])),
      'at a moment': has(({ at }) => at !== undefined && at < 1_000),
      'for a period': has(({ until, from }) => until !== undefined && (from ?? 0) < 1_000),
      'by chance': has(({ probability = 1 }) => probability < 1),
      deaf: has((fault) => 'deaf' in fault && fault.deaf === true),
      silent: has((fault) => fault.kind === 'lose' && fault.notice === 'none'),
      nothing: (faults) => faults.length === 0,
    })
    expect(rare(counts)).toEqual([])
  })
})

describe('load()', () => {
  it('draws only what a simulation accepts, of every kind', () => {
    const has = (test: (stream: ReturnType<typeof streamsOf>[number]) => boolean) => (load: Load) =>
      streamsOf(load).some(test)
    const counts = coverage(load({ keys: true }), {
      poisson: has(({ arrivals }) => arrivals.kind === 'poisson'),
      bursty: has(({ arrivals }) => arrivals.kind === 'bursty'),
      timestamps: has(({ arrivals }) => arrivals.kind === 'timestamps'),
      closed: has(({ arrivals }) => arrivals.kind === 'closed'),
      patience: has(({ patience }) => patience !== undefined),
      abort: has(({ leaves }) => leaves === 'abort'),
      clients: has(({ client }) => (client?.length ?? 0) > 1),
      priority: has(({ priority = 0 }) => priority !== 0),
      fresh: has(({ fresh = 0 }) => fresh > 0),
      keys: has(({ key }) => (key?.length ?? 0) > 1),
      retire: has(({ ends }) => (ends?.retire ?? 0) > 0),
      'several streams': (load) => streamsOf(load).length > 1,
    })
    expect(rare(counts)).toEqual([])
  })

  it('brings about as many requests as it was told', async () => {
    const most = 300
    let sum = 0
    for (const drawn of fc.sample(load({ duration: 2_000, requests: most }), { numRuns: 40, seed: 3 })) {
      const { requests } = await simulate({ load: drawn, duration: 2_000, samples: 1 })
      expect(requests.asked).toBeLessThan(most * 3)
      sum += requests.asked
    }
    expect(sum / 40).toBeGreaterThan(most / 10)
  })
})

describe('all of them together', () => {
  it('make simulations in which a pool keeps its invariants', { timeout: 60_000 }, async () => {
    const duration = 2_000
    const simulation = fc.record({
      seed: fc.integer(),
      options: poolOptions(),
      faults: faultSchedule({ duration }),
      load: load({ duration, requests: 100 }),
    })
    await fc.assert(
      fc.asyncProperty(simulation, async (drawn) => {
        const adapter = { connect: 5, check: 2, reset: 1, close: 3 }
        const { violations } = await simulate({ ...drawn, adapter, duration, checks: 'full', samples: 50 })
        expect(violations).toEqual([])
      }),
      { numRuns: 60 },
    )
  })
})
