import { describe, expect, it } from 'vitest'
import { type Contender, connections } from '../contender.js'
import { borrowing, trying } from '../load.js'
import { contenderNames, createContender } from './index.js'

/** Counts how many leases are out at once at most, and how often one was lent twice or given back unlent. */
function watched(contender: Contender): Contender & { most: number; wrong: number } {
  const out = new Set<unknown>()
  return {
    most: 0,
    wrong: 0,
    async acquire() {
      const lease = await contender.acquire()
      if (out.has(lease)) this.wrong += 1
      out.add(lease)
      this.most = Math.max(this.most, out.size)
      return lease
    },
    release(lease) {
      if (!out.delete(lease)) this.wrong += 1
      contender.release(lease)
    },
    close: () => contender.close(),
  }
}

describe.each(contenderNames)('%s', (name) => {
  it.each([1, 10, 100])('lends its connections to %i borrowers, all of whom get their turn', async (borrowers) => {
    const contender = watched(await createContender(name))
    expect(await borrowing(contender, borrowers)(1000)).toBeGreaterThanOrEqual(1000)
    expect(contender.wrong).toBe(0)
    expect(contender.most).toBe(Math.min(borrowers, connections))
    await contender.close()
  })
})

it('lends a connection of millpond without a promise', async () => {
  const contender = await createContender('millpond')
  expect(await trying(contender)(3000)).toBe(3000)
  await contender.close()
})
