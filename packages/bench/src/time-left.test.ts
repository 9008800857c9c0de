import { expect, it } from 'vitest'
import { roughly, timeLeft } from './time-left.js'

const before = new Map([
  ['a', 10],
  ['b', 20],
  ['c', 30],
])

it('expects of the groups ahead what they took before', () => {
  expect(timeLeft(['a', 'b', 'c'], before, new Map())).toBe(60)
})

it('goes by the pace of the groups that are done', () => {
  expect(
    timeLeft(
      ['c'],
      before,
      new Map([
        ['a', 12],
        ['b', 33],
      ]),
    ),
  ).toBe(45)
})

it('says nothing while one group ahead was never measured', () => {
  expect(timeLeft(['c', 'new'], before, new Map([['a', 10]]))).toBeUndefined()
  expect(timeLeft(['c'], before, new Map([['new', 10]]))).toBe(30)
})

it('is told in seconds or minutes, no more exactly than it is known', () => {
  expect([1, 42, 88, 91, 630].map(roughly)).toEqual([
    'about 5 s',
    'about 40 s',
    'about 90 s',
    'about 2 min',
    'about 11 min',
  ])
})
