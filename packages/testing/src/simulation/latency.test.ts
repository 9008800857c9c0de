import { InvalidOptionError } from '@millpond/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constant, empirical, exponential, type Latency, lognormal, meanOf, sampler } from './latency.js'
import { randomStreams } from './random-streams.js'

const DRAWS = 200_000

const draw = (latency: Latency, seed = 1) => {
  const next = sampler(latency, randomStreams(seed)())
  return Float64Array.from({ length: DRAWS }, next)
}
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
const percentile = (values: Float64Array, p: number) => values.toSorted()[Math.floor((p / 100) * values.length)]

describe('a distribution of latencies', () => {
  it.each<[string, Latency, number]>([
    ['a number', 7, 7],
    ['constant', constant(7), 7],
    ['exponential', exponential({ mean: 20 }), 20],
    ['lognormal', lognormal({ p50: 10, p99: 100 }), 16.32],
    ['empirical', empirical([1, 2, 6]), 3],
  ])('has the mean that it should: %s', (_, latency, expected) => {
    expect(meanOf(latency)).toBeCloseTo(expected, 2)
    expect(mean(draw(latency)) / expected).toBeCloseTo(1, 1.7)
  })

  it('has the percentiles that a lognormal one was given', () => {
    const values = draw(lognormal({ p50: 10, p99: 100 }))
    expect(percentile(values, 50)).toBeCloseTo(10, 0)
    expect((percentile(values, 99) as number) / 100).toBeCloseTo(1, 1)
  })

  it('is exponential: 1 − 1/e of the draws lie below the mean, and each as likely whatever the last', () => {
    const values = draw(exponential({ mean: 5 }))
    expect(values.filter((value) => value < 5).length / DRAWS).toBeCloseTo(1 - 1 / Math.E, 2)
    const afterLong = values.filter((_, n) => n > 0 && (values[n - 1] as number) > 10)
    expect(mean(afterLong)).toBeCloseTo(5, 0)
  })

  it('draws what was measured, each as often', () => {
    const values = draw(empirical([3, 3, 9, 27]))
    expect([...new Set(values)].sort((a, b) => a - b)).toEqual([3, 9, 27])
    expect(values.filter((value) => value === 3).length / DRAWS).toBeCloseTo(0.5, 2)
  })

  it('does not change with the array that it was made of', () => {
    const samples = [1]
    const distribution = empirical(samples)
    samples[0] = 100
    expect(meanOf(distribution)).toBe(1)
  })

  it('never draws what is no duration', () => {
    const any = fc.oneof(
      fc.double({ min: 0.001, max: 1e6, noNaN: true }).map((mean) => exponential({ mean })),
      fc
        .tuple(fc.double({ min: 0.001, max: 1e3, noNaN: true }), fc.double({ min: 1, max: 100, noNaN: true }))
        .map(([p50, factor]) => lognormal({ p50, p99: p50 * factor })),
    )
    fc.assert(
      fc.property(any, fc.integer(), (latency, seed) => {
        const next = sampler(latency, randomStreams(seed)())
        for (let n = 0; n < 100; n++) expect(next()).toSatisfy((ms: number) => ms >= 0 && Number.isFinite(ms))
      }),
    )
  })

  it.each<[string, () => unknown]>([
    ['constant.ms: -1', () => constant(-1)],
    ['exponential.mean: 0', () => exponential({ mean: 0 })],
    ['lognormal.p50: NaN', () => lognormal({ p50: Number.NaN, p99: 1 })],
    ['lognormal.p99: 5. Allowed: at least p50 (10)', () => lognormal({ p50: 10, p99: 5 })],
    ['empirical.samples: []', () => empirical([])],
    ['empirical.samples: undefined', () => empirical(undefined as unknown as number[])],
    ['empirical.samples[1]: Infinity', () => empirical([1, Number.POSITIVE_INFINITY])],
  ])('refuses what makes no sense, by name: %s', (message, make) => {
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(message)
  })
})

describe('random streams', () => {
  it('are the same for the same seed, and others for others', () => {
    const numbers = (seed: number, stream: number) => {
      const next = randomStreams(seed)
      const streams = Array.from({ length: stream + 1 }, next)
      return Array.from({ length: 5 }, () => streams[stream]?.())
    }
    expect(numbers(1, 2)).toEqual(numbers(1, 2))
    const all = [1, 2, 3, -1].flatMap((seed) => [0, 1, 2].map((stream) => numbers(seed, stream).join()))
    expect(new Set(all).size).toBe(12)
  })

  it('do not depend on how much is drawn from the others', () => {
    const [a, b] = [randomStreams(7), randomStreams(7)]
    const first = a()
    for (let n = 0; n < 10; n++) first()
    b()
    expect(a()()).toBe(b()())
  })

  it('give numbers of [0, 1) that are spread evenly from the first on, for seeds that are alike', () => {
    const firsts = Array.from({ length: 10_000 }, (_, seed) => randomStreams(seed)()())
    expect(firsts.every((first) => first >= 0 && first < 1)).toBe(true)
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = firsts.filter((first) => Math.floor(first * 10) === tenth).length / firsts.length
      expect(share).toBeCloseTo(0.1, 1.5)
    }
  })

  it('refuse a seed that is no whole number', () => {
    expect(() => randomStreams(1.5)).toThrow(/Invalid option seed: 1.5/)
  })
})
