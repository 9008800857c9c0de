import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constant, exponential } from './latency.js'
import { type Arrivals, bursty, closed, type LoadStream, poisson, streamsOf, timestamps } from './load.js'
import { nextArrival } from './next-arrival.js'
import { randomStreams } from './random-streams.js'

type Open = Exclude<Arrivals, { readonly kind: 'closed' }>

/** The moments up to `until` ms. */
function momentsOf(arrivals: Arrivals, until: number, seed = 1): number[] {
  const next = nextArrival(arrivals as Open, randomStreams(seed)())
  const moments: number[] = []
  for (let at = next(0); at <= until; at = next(at)) moments.push(at)
  return moments
}

describe('the arrivals of an open load', () => {
  it('come at their rate when they are Poisson, with gaps that vary as much as their mean', () => {
    const moments = momentsOf(poisson({ rate: 200 }), 1_000_000)
    expect(moments.length / 200_000).toBeCloseTo(1, 1.7)
    const gaps = moments.map((at, n) => at - (moments[n - 1] ?? 0))
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    expect(deviation / mean).toBeCloseTo(1, 1.7)
  })

  it('come at the rate of calm and of burst in turns', () => {
    const moments = momentsOf(bursty({ rate: 10, peak: 1_000, calm: 900, burst: constant(100) }), 100_000)
    const inBurst = moments.filter((at) => at % 1_000 >= 900).length
    expect(inBurst / 10_000).toBeCloseTo(1, 1)
    expect((moments.length - inBurst) / 900).toBeCloseTo(1, 1)
  })

  it('come in the order of time, whatever the phases draw', () => {
    const phase = fc.double({ min: 10, max: 1_000, noNaN: true }).map((mean) => exponential({ mean }))
    const rate = fc.double({ min: 1, max: 5_000, noNaN: true })
    fc.assert(
      fc.property(rate, rate, phase, phase, fc.integer(), (rate, peak, calm, burst, seed) => {
        const next = nextArrival(bursty({ rate, peak, calm, burst }) as Open, randomStreams(seed)())
        for (let n = 0, last = 0; n < 100; n++) {
          const at = next(last)
          expect(at).toBeGreaterThanOrEqual(last)
          last = at
        }
      }),
    )
  })

  it('come at the moments of a recorded load, sorted, and then no more', () => {
    expect(momentsOf(timestamps([30, 10, 20, 20]), 1_000)).toEqual([10, 20, 20, 30])
    expect(momentsOf(timestamps([]), 1_000)).toEqual([])
  })

  it('are the same for the same seed', () => {
    const moments = (seed: number) => momentsOf(poisson({ rate: 50 }), 1_000, seed)
    expect(moments(5)).toEqual(moments(5))
    expect(moments(5)).not.toEqual(moments(6))
  })
})

describe('a load', () => {
  const stream: LoadStream = { arrivals: poisson({ rate: 1 }), service: 5 }

  it('is one stream of requests or several', () => {
    expect(streamsOf(stream)).toEqual([stream])
    expect(streamsOf([stream, stream])).toHaveLength(2)
  })

  it.each<[string, () => unknown]>([
    ['poisson.rate: 0', () => poisson({ rate: 0 })],
    ['bursty.peak: -1', () => bursty({ rate: 1, peak: -1, calm: 1, burst: 1 })],
    ['bursty.calm: 0', () => bursty({ rate: 1, peak: 1, calm: 0, burst: 1 })],
    ['bursty.burst: { kind', () => bursty({ rate: 1, peak: 1, calm: 1, burst: constant(0) })],
    ['timestamps.at[0]: -1', () => timestamps([5, -1])],
    ['timestamps.at: undefined', () => timestamps(undefined as unknown as number[])],
    ['closed.clients: 1.5', () => closed({ clients: 1.5, think: 1 })],
    ['closed.think: -1', () => closed({ clients: 1, think: -1 })],
    ['load: []', () => streamsOf([])],
    ['load: undefined', () => streamsOf(undefined as unknown as LoadStream)],
    ['load.arrivals: undefined', () => streamsOf({ service: 1 } as LoadStream)],
    ['load[1].service: -5', () => streamsOf([stream, { ...stream, service: -5 }])],
    ['load.patience: NaN', () => streamsOf({ ...stream, patience: Number.NaN })],
    ['load.leaves: ', () => streamsOf({ ...stream, leaves: 'abort' })],
    ['load.leaves: ', () => streamsOf({ ...stream, patience: 5, leaves: 'angry' as 'abort' })],
    ['load.client: ', () => streamsOf({ ...stream, client: '' })],
    ['load.key: (not shown)', () => streamsOf({ ...stream, key: [] })],
    ['load.priority: Infinity', () => streamsOf({ ...stream, priority: Number.POSITIVE_INFINITY })],
    ['load.fresh: 2', () => streamsOf({ ...stream, fresh: 2 })],
    ['load.ends.retire: -1', () => streamsOf({ ...stream, ends: { retire: -1 } })],
    ['load.ends: ', () => streamsOf({ ...stream, ends: { retire: 0.6, destroy: 0.6 } })],
    ['load.rate: 5', () => streamsOf({ ...stream, rate: 5 } as LoadStream)],
  ])('is refused where it makes no sense, by name: %s', (message, make) => {
    expect(make).toThrow(`Invalid option ${message}`)
  })
})
