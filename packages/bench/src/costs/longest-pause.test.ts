import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { longestPause } from './longest-pause.js'

/** For so many ms of the processor's time. */
function compute(ms: number): void {
  const began = process.cpuUsage()
  const taken = () => {
    const { user, system } = process.cpuUsage(began)
    return (user + system) / 1000
  }
  while (taken() < ms);
}

it('tells the longest time for which the process kept the event loop from turning', async () => {
  let isOver = false
  setTimeout(compute, 5, 20)
  setTimeout(() => {
    compute(60)
    isOver = true
  }, 40)
  expect(await longestPause(() => isOver)).toBeGreaterThan(30)
})

it('counts no time in which the process had nothing to do', async () => {
  let isOver = false
  const pause = longestPause(() => isOver)
  await wait(1)
  // The processor is another's meanwhile, or nobody's.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  await wait(5)
  isOver = true
  expect(await pause).toBeLessThan(150)
})
