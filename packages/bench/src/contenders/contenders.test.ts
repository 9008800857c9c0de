import { describe, expect, it, vi } from 'vitest'
import { type Contender, connections, type PoolSetup, standardSetup } from '../contender.js'
import { borrowing, trying } from '../load.js'
import { contenderNames, createContender, loadContender, tunings } from './index.js'

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

it.each([true, false])(
  "lets Effect's fibers hold a connection for a microtask unless alone (alone: %s)",
  async (isAlone) => {
    const contender = await createContender('effect')
    let isDone = false
    const borrowed = contender.borrow?.(100, isAlone).then(() => {
      isDone = true
    })
    for (let microtask = 0; microtask < 20; microtask++) await undefined
    expect(isDone).toBe(isAlone)
    await borrowed
    await contender.close()
  },
)

it.each(['millpond', 'generic-pool', 'lightning-pool', 'sequelize-pool', 'tarn', 'pg-pool'] as const)(
  'closes the idle connections of %s after the idle timeout it is set up with',
  { timeout: 15_000 },
  async (name) => {
    let closed = 0
    const setup: PoolSetup = { ...standardSetup, connections: 3, idleTimeout: 50, onClose: () => closed++ }
    const contender = await createContender(name, setup)
    await vi.waitFor(() => expect(closed).toBe(3), { timeout: 10_000 })
    await contender.close()
  },
)

it.each(['millpond', 'pg-pool'] as const)('closes the connections of %s at the age it is set up with', async (name) => {
  let closed = 0
  const setup: PoolSetup = { ...standardSetup, connections: 3, maxAge: 50, onClose: () => closed++ }
  const contender = await createContender(name, setup)
  await vi.waitFor(() => expect(closed).toBe(3))
  await contender.close()
})

it.each(contenderNames.filter((name) => !['floor', 'effect', 'mysql2'].includes(name)))(
  'lets an acquire of %s wait no longer than the timeout it is set up with',
  async (name) => {
    const contender = await loadContender(name, { ...standardSetup, connections: 1, acquireTimeout: 50 })
    const lease = await contender.acquire()
    await expect(contender.acquire()).rejects.toThrow()
    contender.release(lease)
    await contender.close()
  },
)

it('says of each how it is tuned', () => {
  expect(Object.keys(tunings)).toEqual(contenderNames)
  for (const tuning of Object.values(tunings)) expect(tuning).not.toBe('')
})
