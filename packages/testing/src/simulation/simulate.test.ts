import { balance, createPool, type InvalidOptionError } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { RealTimeError } from '../time/real-time-error.js'
import { exponential, lognormal } from './latency.js'
import { bursty, closed, type Load, poisson, timestamps } from './load.js'
import { simulate } from './simulate.js'
import type { SimulateOptions } from './simulate-options.js'

const load: Load = { arrivals: poisson({ rate: 100 }), service: exponential({ mean: 40 }) }

describe('a simulation', () => {
  it('gives the same report for the same seed, bit for bit, whatever happens in it', async () => {
    const everything = (seed: number): SimulateOptions => ({
      seed,
      duration: 60_000,
      warmup: 1_000,
      options: {
        total: 12,
        perKey: 6,
        acquire: { timeout: 500, perClient: { max: 4 }, adaptive: true, maxWaiting: 200 },
        connect: { breaker: { failures: 3, cooldown: 200 } },
        idle: { timeout: 2_000, reuse: 'random' },
        lifetime: { maxAge: 5_000, maxUses: 50 },
        health: { every: 700 },
      },
      adapter: { connect: lognormal({ p50: 30, p99: 300 }), check: 2, reset: 1, close: exponential({ mean: 10 }) },
      faults: [
        { kind: 'refuse', from: 10_000, until: 12_000 },
        { kind: 'hang', call: 'check', probability: 0.01 },
        { kind: 'lose', probability: 0.3, after: exponential({ mean: 3_000 }) },
        { kind: 'lose', at: 30_000, notice: 'none' },
      ],
      load: [
        {
          arrivals: poisson({ rate: 80 }),
          service: lognormal({ p50: 20, p99: 200 }),
          client: ['a', 'b'],
          key: ['x', 'y'],
        },
        {
          arrivals: bursty({ rate: 5, peak: 300, calm: 3_000, burst: 300 }),
          service: 10,
          patience: 200,
          leaves: 'abort',
        },
        {
          arrivals: closed({ clients: 3, think: 50 }),
          service: 5,
          priority: 1,
          key: 'z',
          ends: { retire: 0.1, destroy: 0.1 },
        },
      ],
      checks: 'full',
    })
    const report = await simulate(everything(5))
    expect(report.violations).toEqual([])
    expect(report.requests.asked).toBeGreaterThan(5_000)
    expect(Object.keys(report.requests.rejected)).toContain('timeout')
    expect(JSON.stringify(await simulate(everything(5)))).toBe(JSON.stringify(report))
    expect(JSON.stringify(await simulate(everything(6)))).not.toBe(JSON.stringify(report))
  })

  it('reports what came, how it fared, and what was done for it', async () => {
    const report = await simulate({ load, duration: 100_000, options: { size: { min: 8, max: 8 } } })
    const { requests, throughput, busy, utilisation, connections, timeline, violations } = report
    expect(violations).toEqual([])
    expect(requests.asked / 10_000).toBeCloseTo(1, 1)
    expect(requests).toMatchObject({ granted: requests.asked, completed: requests.asked, broken: 0, rejected: {} })
    expect(requests.wait.count).toBe(requests.asked)
    expect(requests.total.mean - requests.wait.mean).toBeCloseTo(40, -1)
    expect(requests.wait.p50).toBeLessThanOrEqual(requests.wait.p90)
    expect(requests.wait.p90).toBeLessThanOrEqual(requests.wait.p99)
    expect(requests.wait.p99).toBeLessThanOrEqual(requests.wait.max)
    expect(throughput).toBeCloseTo(100, -1)
    expect(busy).toBeCloseTo(4, 0)
    expect(utilisation).toBe(busy / 8)
    expect(connections).toMatchObject({ opened: 8, failed: 0, closed: {}, peak: 8 })
    expect(timeline.every).toBe(1_000)
    for (const name of ['size', 'leased', 'idle', 'waiting', 'completed'] as const) {
      expect(timeline[name]).toHaveLength(100)
    }
    expect(timeline.completed.reduce((sum, n) => sum + n, 0) / requests.asked).toBeCloseTo(1, 1)
  })

  it('counts exactly where everything is exact', async () => {
    const report = await simulate({
      load: { arrivals: timestamps([0, 0, 0, 100]), service: 10 },
      options: { size: { max: 1 }, acquire: { timeout: 15 } },
      adapter: { connect: 4 },
      duration: 120,
      samples: 6,
    })
    expect(report.requests).toMatchObject({ asked: 4, granted: 3, completed: 3, rejected: { timeout: 1 } })
    expect(report.requests.wait).toMatchObject({ count: 3, mean: 6, max: 14 })
    expect(report.requests.total).toMatchObject({ count: 3, mean: 16, max: 24 })
    expect(report.throughput).toBe(25)
    expect(report.busy).toBe(0.25)
    expect(report.timeline).toEqual({
      every: 20,
      size: [1, 1, 1, 1, 1, 1],
      leased: [1, 0, 0, 0, 1, 0],
      idle: [0, 1, 1, 1, 0, 1],
      waiting: [0, 0, 0, 0, 0, 0],
      completed: [1, 1, 0, 0, 0, 1],
    })
  })

  it('leaves out the requests of the warm-up', async () => {
    const report = await simulate({
      load: { arrivals: timestamps([0, 10, 60, 70]), service: 5 },
      adapter: { connect: 30 },
      duration: 100,
      warmup: 50,
    })
    expect(report.requests).toMatchObject({ asked: 2, completed: 2, wait: { max: 0 } })
    expect(report.throughput).toBe(40)
    expect(report.busy).toBe(0.2)
  })

  it('brings the same requests to whatever pool', async () => {
    const asked = async (max: number) =>
      (await simulate({ load, duration: 20_000, options: { size: { max } } })).requests
    const [few, many] = [await asked(4), await asked(40)]
    expect(few.asked).toBe(many.asked)
    expect(few.wait.mean).toBeGreaterThan(many.wait.mean)
    const served = ({ total, wait }: typeof few) => total.mean - wait.mean
    expect(served(few)).toBeCloseTo(served(many), 6)
  })

  it('reports clients by themselves, and their shares hold', async () => {
    const report = await simulate({
      load: [
        { arrivals: closed({ clients: 50, think: 0 }), service: 10, client: 'greedy' },
        { arrivals: poisson({ rate: 20 }), service: 10, client: 'modest' },
      ],
      options: { size: { max: 4 }, acquire: { perClient: { max: 3 } } },
      duration: 20_000,
    })
    expect(report.violations).toEqual([])
    expect(Object.keys(report.clients).sort()).toEqual(['greedy', 'modest'])
    expect(report.clients.modest?.wait.max).toBeLessThan(60)
    expect(report.clients.greedy?.wait.p50).toBeGreaterThan(100)
    expect(report.requests.asked).toBe((report.clients.greedy?.asked ?? 0) + (report.clients.modest?.asked ?? 0))
  })

  it('slows a closed load down with the pool', async () => {
    const throughput = async (max: number) => {
      const clients = closed({ clients: 10, think: 50 })
      const report = await simulate({
        load: { arrivals: clients, service: 50 },
        options: { size: { max } },
        duration: 50_000,
      })
      expect(report.violations).toEqual([])
      return report.throughput
    }
    expect(await throughput(10)).toBeCloseTo(100, 0)
    expect(await throughput(2)).toBeCloseTo(40, 0)
  })

  it('serves a higher priority first', async () => {
    const stream = { arrivals: poisson({ rate: 45 }), service: exponential({ mean: 20 }) }
    const report = await simulate({
      load: [
        { ...stream, client: 'first', priority: 1 },
        { ...stream, client: 'second' },
      ],
      options: { size: { max: 2 } },
      duration: 100_000,
    })
    expect(report.violations).toEqual([])
    expect(report.clients.first?.wait.mean).toBeLessThan((report.clients.second?.wait.mean ?? 0) / 2)
  })

  it('runs a keyed pool where the load names keys', async () => {
    const report = await simulate({
      load: { arrivals: poisson({ rate: 300 }), service: 10, key: ['a', 'b', 'c'] },
      options: { total: 4, perKey: 3, idle: { timeout: 500 } },
      adapter: { connect: 20 },
      duration: 20_000,
      checks: 'full',
    })
    expect(report.violations).toEqual([])
    expect(report.connections.peak).toBe(4)
    expect(report.connections.closed.surplus).toBeGreaterThan(0)
    expect(report.utilisation).toBeGreaterThan(0.5)
  })

  it('runs a pool of the caller, made of the parts that it is given', async () => {
    const report = await simulate({
      load,
      pool: ({ adapter, clock, random }) =>
        balance(
          [1, 2].map(() => createPool(adapter, { size: { max: 4 }, clock, random })),
          { random },
        ),
      adapter: { connect: 10 },
      duration: 20_000,
      checks: 'full',
    })
    expect(report.violations).toEqual([])
    expect(report.connections.peak).toBeLessThanOrEqual(8)
    expect(report.requests.completed).toBe(report.requests.asked)
  })

  it('sees through what is under way at the end, however long it takes', async () => {
    const report = await simulate({ load: { arrivals: timestamps([90]), service: 45_000 }, duration: 100 })
    expect(report.requests).toMatchObject({ asked: 1, completed: 1, total: { max: 45_000 } })
    expect(report.busy).toBe(0.1)
  })

  it('tells how far it is', async () => {
    const shares: number[] = []
    await simulate({ load, duration: 1_000, samples: 4, onProgress: (share) => shares.push(share) })
    expect(shares).toEqual([0.25, 0.5, 0.75, 1])
  })

  it('rejects when something in it asks for real time', async () => {
    const pool: SimulateOptions['pool'] = ({ adapter, clock, random }) =>
      createPool(
        {
          ...adapter,
          open: async (context) => {
            await new Promise((resolve) => setTimeout(resolve, 20))
            return adapter.open(context)
          },
        },
        { clock, random },
      )
    await expect(simulate({ load, duration: 1_000, pool })).rejects.toThrow(RealTimeError)
  })

  it.each<[string, Record<string, unknown>]>([
    ['duration', { duration: 0 }],
    ['warmup', { warmup: 1_000 }],
    ['seed', { seed: 0.5 }],
    ['samples', { samples: 0 }],
    ['checks', { checks: 'some' }],
    ['durations', { durations: 5 }],
    ['pool', { pool: {} }],
    ['options', { pool: () => {}, options: {} }],
    ['size.max', { options: { size: { max: 0 } } }],
    ['connect', { adapter: { connect: -1 } }],
    ['faults[0].kind', { faults: [{}] }],
    ['load.service', { load: { arrivals: poisson({ rate: 1 }) } }],
  ])('is refused where it makes no sense: %s', async (option, given) => {
    const error = await simulate({ load, duration: 1_000, ...given } as SimulateOptions).catch((error) => error)
    expect(error as InvalidOptionError).toMatchObject({ name: 'InvalidOptionError', option })
  })
})

describe('the faults of a simulation', () => {
  it('make requests fail, and connections end, for the reasons that they have', async () => {
    const report = await simulate({
      load: { ...load, patience: 200 },
      options: { size: { max: 5 }, health: { after: 0 } },
      adapter: { connect: 10, check: 1 },
      faults: [
        { kind: 'refuse', from: 20_000, until: 40_000 },
        { kind: 'lose', at: 20_000 },
        { kind: 'fail-check', probability: 0.01 },
      ],
      duration: 60_000,
      checks: 'full',
    })
    expect(report.violations).toEqual([])
    const { requests, connections } = report
    expect(requests.broken).toBeGreaterThan(0)
    expect(requests.rejected['connect-failed']).toBeGreaterThan(100)
    expect(requests.asked).toBe(requests.granted + Object.values(requests.rejected).reduce((sum, n) => sum + n, 0))
    expect(requests.granted).toBe(requests.completed + requests.broken)
    expect(connections.closed.lost).toBe(connections.lost)
    expect(connections.closed.unhealthy).toBeGreaterThan(0)
    expect(connections.failed).toBe(connections.closed['connect-failed'])
  })

  it('bring opens that arrive late, and nothing of them stays', async () => {
    const report = await simulate({
      load,
      options: { connect: { timeout: 100 }, close: { timeout: 100 } },
      adapter: { connect: 20 },
      faults: [{ kind: 'slow', by: 5_000, deaf: true, probability: 0.5 }],
      duration: 60_000,
    })
    expect(report.violations).toEqual([])
    expect(report.connections.late).toBeGreaterThan(0)
    expect(report.connections.late).toBe(report.connections.abandoned)
  })
})
