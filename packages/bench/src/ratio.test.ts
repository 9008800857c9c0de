import { expect, it } from 'vitest'
import { ratio, steadyRatio } from './ratio.js'

const slowed = { median: 300, spread: 100, cpu: 100 }
const other = { median: 450, spread: 10, cpu: 400 }

it('is that of the medians, where both were measured', () => {
  expect(ratio(other, slowed)).toBe(1.5)
  expect(ratio(other, undefined)).toBeUndefined()
})

it('is steady by the processor time, and by the medians where that was not measured', () => {
  expect(steadyRatio(other, slowed)).toBe(4)
  expect(steadyRatio(undefined, slowed)).toBeUndefined()
  expect(steadyRatio({ median: 450, spread: 10 }, slowed)).toBe(4.5)
})
