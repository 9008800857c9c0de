import { expect, it } from 'vitest'
import { follow, testPool } from '../../test/test-pool.js'
import type { OpenContext } from './adapter.js'
import { Call } from './call.js'

it('aborts a signal that was asked for before, and one that is asked for afterwards', () => {
  const [early, late] = [new Call(), new Call()]
  const { signal } = early
  expect(signal.aborted).toBe(false)
  early.abort()
  late.abort()
  expect([signal.aborted, late.signal.aborted]).toEqual([true, true])
})

it('has one signal', () => {
  const call = new Call()
  expect(call.signal).toBe(call.signal)
})

it('gives an adapter that wraps another a context that can be spread', async () => {
  const seen: OpenContext[] = []
  const { pool, clock } = testPool(
    { connect: { timeout: 100 } },
    {
      open: (context) => {
        seen.push({ ...context })
        return new Promise(() => {})
      },
    },
  )
  follow(pool.acquire())
  await clock.advance(99)
  expect(seen[0]?.signal.aborted).toBe(false)
  await clock.advance(1)
  expect(seen[0]?.signal.aborted).toBe(true)
})
