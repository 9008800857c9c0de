import { describe, expect, it } from 'vitest'
import type { Contender } from './contender.js'
import { borrowing, trying } from './load.js'
import { stopwatch } from './stopwatch.js'

/** Lends without limit and counts. */
function counter(): Contender<number> & { taken: number; given: number } {
  return {
    taken: 0,
    given: 0,
    async acquire() {
      return ++this.taken
    },
    tryAcquire() {
      return ++this.taken
    },
    release() {
      this.given += 1
    },
    close: async () => {},
  }
}

describe('a load', () => {
  it.each([1, 10, 100])('of %i borrowers does the operations it says it did', async (borrowers) => {
    const contender = counter()
    const done = await borrowing(contender, borrowers)(2500)
    expect(done).toBeGreaterThanOrEqual(2500)
    expect(contender).toMatchObject({ taken: done, given: done })
  })

  it.each([1, 10])(
    "by the pool's own way to borrow does the operations it says it did (%i borrowers)",
    async (borrowers) => {
      let taken = 0
      const alone = new Set<boolean>()
      const borrow = async (times: number, isAlone: boolean) => {
        taken += times
        alone.add(isAlone)
      }
      const done = await borrowing({ ...counter(), borrow }, borrowers)(2500)
      expect(done).toBe(taken)
      expect([...alone]).toEqual([borrowers === 1])
    },
  )

  it('by tryAcquire does the operations it says it did', async () => {
    const contender = counter()
    const done = await trying(contender)(2500)
    expect(done).toBe(3000)
    expect(contender).toMatchObject({ taken: done, given: done })
  })

  it('lets the event loop turn', async () => {
    let turns = 0
    const turning = setInterval(() => turns++, 0)
    await stopwatch(borrowing(counter(), 10), { warmUp: 20, round: 20 }).warmUp()
    clearInterval(turning)
    expect(turns).toBeGreaterThan(1)
  })
})

describe('a round', () => {
  it('measures for its time at least and divides by what was done', async () => {
    let done = 0
    const load = async (operations: number) => {
      done += operations
      await new Promise((resolve) => setTimeout(resolve, 1))
      return operations
    }
    const watch = stopwatch(load, { warmUp: 5, round: 30 })
    await watch.warmUp()
    const warm = done
    const began = performance.now()
    const { nanoseconds } = await watch.round()
    expect(performance.now() - began).toBeGreaterThanOrEqual(30)
    expect(nanoseconds).toBeGreaterThan(30e6 / (done - warm))
    expect(nanoseconds).toBeLessThan(5000)
  })
})
