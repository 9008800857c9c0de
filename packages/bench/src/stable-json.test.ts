import { expect, it } from 'vitest'
import { stableJson } from './stable-json.js'

it('gives one text for one value, whatever the order of its keys', () => {
  const text = stableJson({ b: { d: 1, c: 2 }, a: 3 })
  expect(text).toBe(stableJson({ a: 3, b: { c: 2, d: 1 } }))
  expect(text).toBe('{\n  "a": 3,\n  "b": {\n    "c": 2,\n    "d": 1\n  }\n}\n')
})

it('rounds figures to four digits and leaves whole numbers and texts as they are', () => {
  expect(JSON.parse(stableJson({ a: 1.234567, b: 123456, c: '1.234567', d: 0.0000123456 }))).toEqual({
    a: 1.235,
    b: 123456,
    c: '1.234567',
    d: 0.00001235,
  })
})

it('writes a point on one line, and nothing into a text that looks like one', () => {
  const value = {
    points: [
      [1, 2.5],
      ['a, b', 3],
    ],
    text: '[\n 1,\n 2\n]',
  }
  const text = stableJson(value)
  expect(text).toContain('[1, 2.5],\n')
  expect(text).toContain('["a, b", 3]\n')
  expect(JSON.parse(text)).toEqual(value)
})
