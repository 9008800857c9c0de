import { expect, it } from 'vitest'
import { between } from './write-between.js'

it('replaces what stands between the markers and nothing else', () => {
  const text = 'before\n<!-- table: begin -->\nold\n<!-- table: end -->\nafter\n'
  const once = between(text, 'table', 'new')
  expect(once).toBe('before\n<!-- table: begin -->\n\nnew\n\n<!-- table: end -->\nafter\n')
  expect(between(once, 'table', 'new')).toBe(once)
})

it('refuses a text without the markers', () => {
  expect(() => between('nothing here', 'table', 'new')).toThrow('no markers')
})
