import { expect, it } from 'vitest'
import { figuresOf } from './probe-process.js'

const timeout = 60_000

it('counts the bytes and promises of an operation: more for a waiter than for who finds one idle', {
  timeout,
}, async () => {
  const alone = await figuresOf({ kind: 'allocations', contender: 'floor', borrowers: 1 })
  expect(alone?.promises).toBeCloseTo(1, 1)
  expect(alone?.bytes).toBeGreaterThan(32)
  const crowded = await figuresOf({ kind: 'allocations', contender: 'floor', borrowers: 100 })
  expect(crowded?.bytes).toBeGreaterThan(alone?.bytes as number)
})

it('takes the time of each acquire from the moment it was due, and that of the garbage collector', {
  timeout,
}, async () => {
  const figures = await figuresOf({ kind: 'gc', contender: 'millpond', duration: 300 })
  expect(figures?.p50).toBeGreaterThan(0)
  expect(figures?.['p99.9']).toBeGreaterThanOrEqual(figures?.p99 as number)
  expect(figures?.gc).toBeGreaterThan(0)
})

it.each(['acquire', 'idle', 'lifetime'] as const)(
  'waits until each of many %s timeouts has had its way',
  { timeout },
  async (of) => {
    const figures = await figuresOf({ kind: 'expiries', contender: 'millpond', of, count: 500, timeout: 1500 })
    expect(figures?.pause).toBeGreaterThan(0)
    expect(figures?.late).toBeGreaterThan(-5)
    expect(figures?.late).toBeLessThan(5000)
  },
)

it('takes more time where the first would be due before the last are there', { timeout }, async () => {
  const figures = await figuresOf({ kind: 'expiries', contender: 'floor', of: 'idle', count: 10, timeout: 1 })
  expect(figures?.late).toBeGreaterThan(-5)
})

it.each(['idle', 'waiter', 'key'] as const)('tells the bytes that each %s holds', { timeout }, async (of) => {
  const least = await figuresOf({ kind: 'memory', contender: 'floor', of, count: 5000 })
  const figures = await figuresOf({ kind: 'memory', contender: 'millpond', of, count: 5000 })
  expect(figures?.bytes).toBeGreaterThan(least?.bytes as number)
})

it('ends a process that takes too long', { timeout }, async () => {
  expect(await figuresOf({ kind: 'gc', contender: 'floor', duration: 20_000 }, 200)).toBeUndefined()
})
