import { describe, expect, it } from 'vitest'
import { constant, type Distribution, exponential, lognormal, poisson, simulate } from '../../src/index.js'
import { sampler } from '../../src/simulation/latency.js'
import { nextArrival } from '../../src/simulation/next-arrival.js'
import { randomStreams } from '../../src/simulation/random-streams.js'

const SERVICE = 10
const off = Number.POSITIVE_INFINITY

/** A pool of `connections`, all open, asked for so often that they are busy for the share `utilisation` of the time. */
async function waitOf(connections: number, utilisation: number, arrivals: number, service: Distribution) {
  const rate = (connections * utilisation * 1_000) / SERVICE
  const report = await simulate({
    load: { arrivals: poisson({ rate }), service },
    options: {
      size: { min: connections, max: connections },
      acquire: { timeout: off },
      idle: { timeout: off },
    },
    duration: (arrivals / rate) * 1_000,
    warmup: (arrivals / rate) * 10,
  })
  expect(report.violations).toEqual([])
  expect(report.utilisation / utilisation).toBeCloseTo(1, 1.7)
  expect(report.requests.completed).toBe(report.requests.asked)
  return report.requests.wait.mean
}

/** The share of requests that have to wait (Erlang 1917), by way of the loss formula, which does not overflow. */
function erlangC(connections: number, utilisation: number): number {
  const load = connections * utilisation
  let lost = 1
  for (let n = 1; n <= connections; n++) lost = (load * lost) / (n + load * lost)
  return lost / (1 - utilisation * (1 - lost))
}

function meanWait(connections: number, utilisation: number): number {
  return (erlangC(connections, utilisation) * SERVICE) / (connections * (1 - utilisation))
}

/** The mean wait of whoever comes after the warm-up, first come first served, from the same seed: request by request, when
 * the connection is free that is free first (Kiefer and Wolfowitz 1955). */
function waitByRecursion(connections: number, utilisation: number, arrivals: number): number {
  const rate = (connections * utilisation * 1_000) / SERVICE
  const random = randomStreams(1)
  const next = nextArrival({ kind: 'poisson', rate }, random())
  const service = sampler(exponential({ mean: SERVICE }), random())
  const freeAt = new Array<number>(connections).fill(0)
  const end = (arrivals / rate) * 1_000
  let [waits, count] = [0, 0]
  for (let at = next(0); at <= end; at = next(at)) {
    const first = freeAt.indexOf(Math.min(...freeAt))
    const begins = Math.max(at, freeAt[first] as number)
    freeAt[first] = begins + service()
    if (at < end / 100) continue
    waits += begins - at
    count++
  }
  return waits / count
}

it('knows the Erlang C formula: of two connections, two thirds busy, 8/15 of the requests wait', () => {
  expect(erlangC(1, 0.5)).toBeCloseTo(0.5, 10)
  expect(erlangC(2, 2 / 3)).toBeCloseTo(8 / 15, 10)
  expect(meanWait(1, 0.9)).toBeCloseTo(90, 10)
})

describe('the mean wait for a connection, simulated', () => {
  it.each([
    [1, 0.5, 500_000],
    [1, 0.9, 2_000_000],
    [2, 0.7, 1_000_000],
    [4, 0.8, 1_000_000],
    [10, 0.9, 4_000_000],
    [20, 0.8, 2_000_000],
  ])(
    'is Erlang’s: %i connections, busy for %d of the time',
    { timeout: 60_000 },
    async (connections, busy, arrivals) => {
      const wait = await waitOf(connections, busy, arrivals, exponential({ mean: SERVICE }))
      expect(Math.abs(wait / meanWait(connections, busy) - 1)).toBeLessThan(0.03)
    },
  )

  it('is that of a queue that serves first come first served, to the last digits', { timeout: 20_000 }, async () => {
    const wait = await waitOf(50, 0.9, 200_000, exponential({ mean: SERVICE }))
    expect(wait / waitByRecursion(50, 0.9, 200_000)).toBeCloseTo(1, 9)
  })

  it('is half of it when every request takes the same time (Pollaczek and Khinchine)', {
    timeout: 20_000,
  }, async () => {
    const wait = await waitOf(1, 0.8, 500_000, constant(SERVICE))
    expect(Math.abs(wait / (meanWait(1, 0.8) / 2) - 1)).toBeLessThan(0.03)
  })

  it('grows with the variance of the times that requests take', { timeout: 20_000 }, async () => {
    const spread = 0.8
    const p50 = SERVICE * Math.exp(-(spread ** 2) / 2)
    const service = lognormal({ p50, p99: p50 * Math.exp(spread * 2.3263478740408408) })
    const wait = await waitOf(1, 0.7, 1_000_000, service)
    const variation = Math.exp(spread ** 2) - 1
    expect(Math.abs(wait / ((meanWait(1, 0.7) * (1 + variation)) / 2) - 1)).toBeLessThan(0.03)
  })
})
