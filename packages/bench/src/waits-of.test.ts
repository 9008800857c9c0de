import { expect, it } from 'vitest'
import { medianWaits, waitsOf } from './waits-of.js'

const thousand = Array.from({ length: 1001 }, (_, index) => index)

it('tells within which time half, 90 %, 99 % and 99.9 % were over', () => {
  expect(waitsOf(thousand)).toEqual({ p50: 500, p90: 900, p99: 990, p999: 999 })
})

it('takes the median of each over the rounds that timed their operations', () => {
  const rounds = [1, 2, 30].map((factor) => ({ waits: waitsOf(thousand.map((value) => value * factor)) }))
  expect(medianWaits([...rounds, {}])).toEqual({ p50: 1000, p90: 1800, p99: 1980, p999: 1998 })
})

it('tells nothing where no round timed its operations', () => {
  expect(medianWaits([{}, {}])).toBeUndefined()
})
