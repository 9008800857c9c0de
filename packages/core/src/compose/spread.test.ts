import fc from 'fast-check'
import { expect, it } from 'vitest'
import { spread } from './spread.js'

const none = Number.POSITIVE_INFINITY

it.each([
  [10, [0, 0], [none, none], [5, 5]],
  [11, [0, 0, 0], [none, none, none], [4, 4, 3]],
  [2, [0, 0, 0], [none, none, none], [1, 1, 0]],
  [10, [0, 0], [3, none], [3, 7]],
  [10, [6, 0], [none, none], [6, 4]],
  [6, [6, 0], [none, none], [6, 0]],
  [3, [6, 0], [none, none], [6, 0]],
  [10, [0, 0], [2, 3], [2, 3]],
  [9, [4, 0, 1], [4, 5, 1], [4, 4, 1]],
  [1e12, [0, 0], [none, none], [5e11, 5e11]],
])('deals out %d above floors %j and below caps %j as %j', (total, floors, caps, shares) => {
  expect(spread(total, floors, caps)).toEqual(shares)
})

it('deals out all there is, between floor and cap, with nobody two ahead of another who could have had more', () => {
  const member = fc.tuple(fc.nat(9), fc.oneof(fc.nat(9), fc.constant(none)))
  fc.assert(
    fc.property(fc.nat(60), fc.array(member, { minLength: 1, maxLength: 5 }), (total, members) => {
      const floors = members.map(([floor]) => floor)
      const caps = members.map(([floor, above]) => floor + above)
      const shares = spread(total, floors, caps)
      const sum = (all: number[]) => all.reduce((a, b) => a + b, 0)
      expect(sum(shares)).toBe(Math.max(sum(floors), Math.min(total, sum(caps))))
      shares.forEach((share, i) => {
        expect(share).toBeGreaterThanOrEqual(floors[i] as number)
        expect(share).toBeLessThanOrEqual(caps[i] as number)
        if (share > (floors[i] as number)) {
          shares.forEach((other, j) => {
            if (other < (caps[j] as number)) expect(share - other).toBeLessThanOrEqual(1)
          })
        }
      })
    }),
  )
})
