import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { oldGeneration } from '../../test/old-generation.js'
import { createPool } from '../pool/create-pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import type { AcquireOptions } from './acquire-options.js'

/** Elements of an array that hangs on each acquire. */
const BALLAST = 10_000

/** Not one of Node's, whose signals outlive young collections by themselves. */
function heavySignal(value: number): AbortSignal {
  const signal = { aborted: false, addEventListener() {}, removeEventListener() {} }
  return { ...signal, ballast: new Array(BALLAST).fill(value) } as unknown as AbortSignal
}

interface Kind {
  readonly title: string
  readonly capacity?: number
  readonly acquire?: NonNullable<PoolOptions<object>['acquire']>
  wishOf?(time: number): AcquireOptions
}

it.each<Kind>([
  { title: 'all alike' },
  { title: 'with priorities', wishOf: (time) => ({ priority: time % 2 }) },
  {
    title: 'with clients',
    acquire: { perClient: { max: 2 } },
    wishOf: (time) => ({ client: `client ${time % 4}` }),
  },
  { title: 'with four leases a connection', capacity: 4 },
])('leaves nothing of acquires that have waited to the old generation: $title', async (kind) => {
  const { capacity = 1, acquire = {}, wishOf = () => ({}) } = kind
  const adapter = { name: 'light', open: () => ({}), close() {}, ...(capacity > 1 && { capacity: () => capacity }) }
  const pool = createPool(adapter, { size: { max: 2 }, acquire })
  const borrow = async (times: number) => {
    for (let time = 0; time < times; time++) {
      const lease = await pool.acquire({ ...wishOf(time), signal: heavySignal(time) })
      await setImmediate()
      lease.release()
    }
  }
  const borrowers = Array.from({ length: 16 }, () => borrow(5))
  await setImmediate()
  // Whatever the pool keeps of those who wait grows old meanwhile.
  const before = oldGeneration()
  await Promise.all(borrowers)
  await Promise.all(Array.from({ length: 16 }, () => borrow(20)))
  expect(oldGeneration() - before).toBeLessThan(50 * BALLAST * 8)
  await pool.close()
})
