import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { sustained } from './sustained.js'

it('keeps so many questions on their way all the time, and counts what came of them', async () => {
  let asked = 0
  let underWay = 0
  let most = 0
  const ask = async () => {
    asked++
    most = Math.max(most, ++underWay)
    await setTimeout(5)
    underWay--
  }
  const { nanoseconds, waits } = await sustained(ask, 4, { warmUp: 0, round: 100 }).round()
  expect([most, underWay]).toEqual([4, 0])
  expect(asked).toBeGreaterThan(20)
  // Four at a time, each of which takes 5 ms or a little longer.
  expect(nanoseconds).toBeGreaterThan(1e6)
  expect(waits?.p50).toBeGreaterThan(4)
  expect(waits?.p999).toBeGreaterThanOrEqual(waits?.p50 as number)
})

it('fails with what an answer failed with', async () => {
  const ask = () => Promise.reject(new Error('refused'))
  await expect(sustained(ask, 2, { warmUp: 0, round: 50 }).round()).rejects.toThrow('refused')
})
