import fc from 'fast-check'
import { expect, it } from 'vitest'
import { backoffDelay } from './backoff.js'

const options = { initialDelay: 100, maxDelay: 5_000, factor: 2, jitter: 0.2 }
const middle = () => 0.5

it('doubles from the initial delay up to the longest', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 2_000].map((n) => backoffDelay(options, n, middle))).toEqual([
    100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000,
  ])
})

it('stays the same with a factor of 1', () => {
  expect(backoffDelay({ ...options, factor: 1 }, 9, middle)).toBe(100)
})

it('spreads evenly by the jitter in both directions', () => {
  expect(backoffDelay(options, 1, () => 0)).toBeCloseTo(80)
  expect(backoffDelay(options, 1, () => 1)).toBeCloseTo(120)
  expect(backoffDelay({ ...options, jitter: 0 }, 1, () => 0)).toBe(100)
})

it('is a number from 0 to the longest delay with jitter, whatever the options', () => {
  const duration = fc.double({ min: 1, max: 1e7, noNaN: true })
  const share = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(
      duration,
      duration,
      fc.double({ min: 1, max: 10, noNaN: true }),
      share,
      fc.nat(10_000),
      share,
      (...a) => {
        const [initialDelay, more, factor, jitter, failures, random] = a
        const all = { initialDelay, maxDelay: initialDelay + more, factor, jitter }
        const delay = backoffDelay(all, failures + 1, () => random)
        return delay >= 0 && delay <= all.maxDelay * (1 + jitter) * 1.000001
      },
    ),
  )
})
