import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Durations } from './durations.js'

function check(values: readonly number[], tolerance: number): void {
  const durations = new Durations()
  for (const value of values) durations.record(value)
  const { count, mean, p50, p90, p99, max } = durations.percentiles()
  const sorted = values.toSorted((a, b) => a - b)
  expect(count).toBe(values.length)
  expect(max).toBe(sorted.at(-1))
  expect(mean).toBe(values.reduce((sum, value) => sum + value, 0) / values.length)
  for (const [found, percent] of [
    [p50, 50],
    [p90, 90],
    [p99, 99],
  ] as const) {
    const exact = sorted[Math.ceil((percent / 100) * values.length) - 1] as number
    expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * tolerance)
  }
}

it('has the mean, the maximum and the percentiles exactly while there are few', () => {
  const ms = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 300 })
  fc.assert(fc.property(ms, (values) => check(values, 0)))
  check(
    Array.from({ length: 4_096 }, (_, n) => (n * 7919) % 4_099),
    0,
  )
})

it('has percentiles to three digits when there are many', () => {
  for (const length of [4_097, 50_000]) {
    check(
      Array.from({ length }, (_, n) => 1 + ((n * 7919) % 50_021) / 3),
      0.002,
    )
  }
})

it('counts what took no time as 0, however often', () => {
  for (const often of [1, 5_000]) {
    const durations = new Durations()
    for (let n = 0; n < often; n++) durations.record(0)
    expect(durations.percentiles()).toEqual({ count: often, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 })
  }
})

it('is all zeroes when nothing was recorded', () => {
  expect(new Durations().percentiles()).toEqual({ count: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 })
})
