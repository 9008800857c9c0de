import { describe, expect, it } from 'vitest'
import { hintInRaw } from './keep-alive-header.js'

const never = Number.POSITIVE_INFINITY
const raw = (...parts: string[]) => parts.map((part) => Buffer.from(part, 'latin1'))

describe('what a server says of a connection, in raw headers', () => {
  it.each([
    [[], { timeout: never, max: never }],
    [['Connection', 'keep-alive'], { timeout: never, max: never }],
    [['Keep-Alive', 'timeout=5'], { timeout: 5_000, max: never }],
    [['A', 'b', 'KEEP-alive', 'max=3, timeout=7', 'C', 'd'], { timeout: 7_000, max: 3 }],
    [['Keep-Aliwe', 'timeout=5'], { timeout: never, max: never }],
    [['Keep-Alive', 'timeout=6'], { timeout: 6_000, max: never }],
    [['keep-alive', 'nonsense', 'Content-Length', '1'], { timeout: never, max: never }],
  ])('is found in %j', (headers, hint) => {
    expect(hintInRaw(raw(...headers))).toEqual(hint)
    // The same place and value again.
    expect(hintInRaw(raw(...headers))).toEqual(hint)
  })
})
