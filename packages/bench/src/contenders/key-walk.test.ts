import { expect, it } from 'vitest'
import { keyWalk } from './key-walk.js'

it('visits every key once at each pass, always in the same order, which is not that of their making', () => {
  const { keys, next } = keyWalk(1000)
  const pass = () => Array.from({ length: 1000 }, next)
  const first = pass()
  expect(new Set(first)).toEqual(new Set(keys))
  expect(first).not.toEqual(keys)
  expect(pass()).toEqual(first)
})
