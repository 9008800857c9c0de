import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSmallest } from './find-smallest.js'

describe('the search for the smallest size', () => {
  it('finds it wherever it is, and is not much longer than twice the logarithm of its distance', async () => {
    const range = fc.nat(5_000).chain((from) => fc.record({ from: fc.constant(from), length: fc.nat(5_000) }))
    await fc.assert(
      fc.asyncProperty(range, fc.nat(10_000), async ({ from, length }, least) => {
        const tried: number[] = []
        const found = await findSmallest({ from, to: from + length }, async (size) => {
          tried.push(size)
          return size >= least
        })
        expect(found).toBe(least > from + length ? undefined : Math.max(from, least))
        expect(Math.min(...tried)).toBeGreaterThanOrEqual(from)
        expect(Math.max(...tried)).toBeLessThanOrEqual(from + length)
        expect(new Set(tried).size).toBe(tried.length)
        const distance = Math.max(0, Math.min(least, from + length) - from)
        expect(tried.length).toBeLessThanOrEqual(2 * Math.log2(distance + 1) + 3)
      }),
    )
  })

  it('finds one whose neighbour below is not good enough, even where a smaller one would be', async () => {
    const good = new Set([3, 7, 8, 9])
    expect(await findSmallest({ from: 1, to: 9 }, async (size) => good.has(size))).toBe(7)
  })
})
