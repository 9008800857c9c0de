import fc from 'fast-check'
import { expect, it } from 'vitest'
import { OverloadedError } from '../errors/overloaded-error.js'
import type { Admission, IdleVerdict, Verdict } from './policy.js'
import { isRejection, isRetirement, readIdleVerdict, severer, stricter } from './verdicts.js'

const retirement = { verdict: 'retire', reason: 'age', detail: 'old' } as const
const rejection = { verdict: 'reject', error: new OverloadedError('p', 0, 'why') } as const

it.each<[Verdict, Verdict, Verdict]>([
  ['keep', 'keep', 'keep'],
  ['keep', 'check', 'check'],
  ['check', 'keep', 'check'],
  ['check', 'retire', 'retire'],
  ['retire', 'check', 'retire'],
  ['keep', retirement, retirement],
  [retirement, 'check', retirement],
])('of %j and %j the severer is %j', (a, b, severest) => {
  expect(severer(a, b)).toBe(severest)
})

it.each<[Admission, Admission, Admission]>([
  ['admit', 'admit', 'admit'],
  ['admit', 'wait', 'wait'],
  ['wait', 'admit', 'wait'],
  ['wait', 'reject', 'reject'],
  ['reject', 'wait', 'reject'],
  ['admit', rejection, rejection],
  [rejection, 'wait', rejection],
])('of %s and %s the stricter is the latter: %s', (a, b, strictest) => {
  expect(stricter(a, b)).toBe(strictest)
})

it('keeps the first of two retirements, and of two rejections', () => {
  expect(severer(retirement, 'retire')).toBe(retirement)
  expect(severer('retire', retirement)).toBe('retire')
  expect(stricter(rejection, 'reject')).toBe(rejection)
  expect(stricter('reject', rejection)).toBe('reject')
})

it('does not depend on the order in which policies are asked, but for whose words are used', () => {
  const kind = (verdict: unknown) => (typeof verdict === 'string' ? verdict : (verdict as { verdict: string }).verdict)
  const verdicts = fc.array(fc.constantFrom<Verdict>('keep', 'check', 'retire', retirement), { minLength: 1 })
  const admissions = fc.array(fc.constantFrom<Admission>('admit', 'wait', 'reject', rejection), { minLength: 1 })
  fc.assert(
    fc.property(verdicts, admissions, (all, others) => {
      expect(kind(all.reduce(severer))).toBe(kind([...all].reverse().reduce(severer)))
      expect(kind(others.reduce(stricter))).toBe(kind([...others].reverse().reduce(stricter)))
    }),
  )
})

it('knows a retirement and a rejection with and without words', () => {
  expect(['keep', 'check', 'retire', retirement].map((verdict) => isRetirement(verdict as Verdict))).toEqual([
    false,
    false,
    true,
    true,
  ])
  expect(['admit', 'wait', 'reject', rejection].map((admission) => isRejection(admission as Admission))).toEqual([
    false,
    false,
    true,
    true,
  ])
})

it.each<[IdleVerdict, Verdict, number]>([
  ['keep', 'keep', Number.POSITIVE_INFINITY],
  ['retire', 'retire', Number.POSITIVE_INFINITY],
  [retirement, retirement, Number.POSITIVE_INFINITY],
  [{ lookAgain: 5 }, 'keep', 5],
  [{ verdict: 'check', lookAgain: 7 }, 'check', 7],
  [{ verdict: retirement, lookAgain: 7 }, retirement, 7],
])('reads the idle verdict %j', (given, verdict, lookAgain) => {
  expect(readIdleVerdict(given)).toEqual({ verdict, lookAgain })
})
