import { describe, expect, it } from 'vitest'
import { makePlan } from './make-plan.js'
import { offeredLoad, type PlanRequest } from './plan-request.js'

const request: PlanRequest = {
  rate: 400,
  p50: 8,
  p99: 60,
  connect: 30,
  target: 5,
  max: 40,
  min: 0,
  timeout: 30_000,
  duration: 30_000,
  seed: 1,
}

/** ms that 99 in 100 requests wait at most, from Erlang's formula: first come first served, exponential service. */
function erlangP99(connections: number, load: number, mean: number): number {
  let lost = 1
  for (let n = 1; n <= connections; n++) lost = (load * lost) / (n + load * lost)
  const waiting = (connections * lost) / (connections - load * (1 - lost))
  return waiting <= 0.01 ? 0 : (Math.log(100 * waiting) * mean) / (connections - load)
}

it('knows the formula: one connection that is busy half of the time', () => {
  expect(erlangP99(1, 0.5, 10)).toBeCloseTo((10 / 0.5) * Math.log(50), 10)
})

describe('a plan', { timeout: 20_000 }, () => {
  it.each([
    [1, 0.3],
    [2, 0.7],
    [9, 6.5],
    [24, 19.5],
  ])('recommends the size that Erlang’s formula does: %i for a load of %d', async (size, load) => {
    const mean = 10
    const [p99, fewer] = [erlangP99(size, load, mean), size - 1 > load ? erlangP99(size - 1, load, mean) : 100 * mean]
    const plan = await makePlan({
      ...request,
      rate: (load / mean) * 1_000,
      p50: mean * Math.LN2,
      p99: undefined,
      max: size + 1,
      min: size + 1,
      target: Math.sqrt(p99 * fewer),
      duration: (100_000 / load) * mean,
    })
    expect(plan.offeredLoad).toBeCloseTo(load, 10)
    expect(plan.recommended).toBe(size)
    const simulated = plan.trials.find((trial) => trial.size === size)
    expect(Math.abs((simulated?.wait.p99 ?? 0) / p99 - 1)).toBeLessThan(0.1)
  })

  it('recommends the smallest size that meets the target, having tried the one below and few others', async () => {
    const plan = await makePlan(request)
    const { recommended = 0, trials } = plan
    const p99At = (size: number) => trials.find((trial) => trial.size === size)?.wait.p99
    expect(p99At(recommended)).toBeLessThanOrEqual(request.target)
    expect(p99At(recommended - 1)).toBeGreaterThan(request.target)
    expect(trials.map(({ size }) => size)).toEqual(trials.map(({ size }) => size).toSorted((a, b) => a - b))
    expect(trials[0]?.size).toBe(Math.floor(plan.offeredLoad) + 1)
    expect(trials.at(-1)?.size).toBeGreaterThan(recommended + 2)
    expect(trials.length).toBeLessThan(12)
    expect(plan.remedies).toBeUndefined()
  })

  it('is the same for the same seed, and another for another', async () => {
    const plan = await makePlan(request)
    expect(JSON.stringify(await makePlan(request))).toBe(JSON.stringify(plan))
    expect((await makePlan({ ...request, seed: 2 })).trials).not.toEqual(plan.trials)
  })

  it('recommends no size at which requests give up waiting, though those that stay are served in time', async () => {
    const { trials, recommended } = await makePlan({ ...request, target: 50.5, timeout: 50.6 })
    expect(trials[0]?.wait.p99).toBeLessThan(50.5)
    expect(trials[0]).toMatchObject({ size: 5, meetsTarget: false, timedOut: expect.any(Number) })
    expect(recommended).toBe(6)
  })

  it('stays within the limit', async () => {
    const { trials, recommended } = await makePlan({ ...request, max: 9, target: 6 })
    expect(recommended).toBe(9)
    expect(trials.at(-1)?.size).toBe(9)
  })

  it('says what is being simulated, and how far it is', async () => {
    const told: [string, number][] = []
    const { trials } = await makePlan(request, (what, share) => told.push([what, share]))
    const ends = told.filter(([, share]) => share === 1).map(([what]) => what)
    expect(ends.toSorted()).toEqual(trials.map(({ size }) => `${size} connections`).toSorted())
  })
})

describe('a plan that no size up to the limit fits', { timeout: 20_000 }, () => {
  it('finds how many connections it would take, and how much shorter requests would have to be', async () => {
    const { recommended, remedies, trials } = await makePlan({ ...request, max: 6 })
    expect(recommended).toBeUndefined()
    expect(trials.map(({ size }) => size)).toEqual([5, 6])
    expect(remedies).toMatchObject({ keepOpen: undefined, sizeKeptOpen: undefined })
    const { size = 0, service = 0 } = remedies ?? {}
    expect((await makePlan(request)).recommended).toBe(size)
    const faster = { ...request, max: 6, p50: 8 * service, p99: 60 * service }
    expect((await makePlan(faster)).recommended).toBeDefined()
    const almost = { ...request, max: 6, p50: 8.4 * service, p99: 63 * service }
    expect((await makePlan(almost)).recommended).toBeUndefined()
  })

  it('simulates the limit alone where that cannot keep up, and there requests give up', {
    timeout: 20_000,
  }, async () => {
    const { trials, remedies } = await makePlan({ ...request, max: 3, timeout: 3_000 })
    expect(trials).toHaveLength(1)
    expect(trials[0]).toMatchObject({ size: 3, meetsTarget: false, timedOut: expect.any(Number) })
    expect(trials[0]?.timedOut).toBeGreaterThan(0)
    expect(remedies?.service).toBeLessThan(3 / offeredLoad(request))
  })

  it('finds that connections have to be kept open, where it is their opening that takes long', async () => {
    const rare = { ...request, rate: 0.02, connect: 300, target: 50, max: 6, duration: 20_000_000 }
    expect((await makePlan(rare)).remedies).toEqual({ keepOpen: 1 })
    expect((await makePlan({ ...rare, min: 1 })).recommended).toBe(1)
    expect((await makePlan({ ...rare, max: 1_000_000 })).remedies).toEqual({ keepOpen: 1 })
  })
})
