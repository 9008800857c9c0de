import { expect, it } from 'vitest'
import { choose } from './choose.js'

const all = ['peers', 'waiters', 'keys'] as const

it('takes all of them without a list', () => {
  expect(choose('rows', undefined, all)).toEqual(all)
})

it('takes those in the list, in their own order and each once', () => {
  expect(choose('rows', 'keys,peers,keys', all)).toEqual(['peers', 'keys'])
})

it('says which of them there is not, and which there are', () => {
  expect(() => choose('group of rows', 'keys,kees,', all)).toThrow(
    'no group of rows is called kees or ; there are peers, waiters, keys',
  )
})
