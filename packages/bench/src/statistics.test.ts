import { describe, expect, it } from 'vitest'
import { quantile, shuffled, summarise } from './statistics.js'

describe('summarise', () => {
  it('takes the middle one of an odd number of rounds and the mean of the middle two of an even number', () => {
    expect(summarise([9, 1, 5]).median).toBe(5)
    expect(summarise([9, 1, 5, 7]).median).toBe(6)
  })

  it('is not moved by one round that something else disturbed', () => {
    expect(summarise([100, 101, 99, 100, 5000])).toEqual({ median: 100, spread: 0.5 })
  })

  it('gives half the distance between the quartiles as the spread', () => {
    expect(summarise([1, 2, 3, 4, 5, 6, 7, 8, 9]).spread).toBe(2)
    expect(summarise([3]).spread).toBe(0)
  })

  it('leaves the rounds in their order', () => {
    const rounds = [3, 1, 2]
    summarise(rounds)
    expect(rounds).toEqual([3, 1, 2])
  })
})

describe('quantile', () => {
  it('lies between the two nearest values in proportion', () => {
    expect(quantile([10, 20, 30, 40], 0.25)).toBe(17.5)
    expect(quantile([10, 20], 1)).toBe(20)
  })

  it('refuses an empty list', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError)
  })
})

describe('shuffled', () => {
  it('has every value once, in an order that chance decides', () => {
    expect(shuffled([1, 2, 3, 4], () => 0)).toEqual([1, 2, 3, 4])
    expect(shuffled([1, 2, 3, 4], () => 0.99)).toEqual([4, 1, 2, 3])
    expect(shuffled([1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4])
  })
})
