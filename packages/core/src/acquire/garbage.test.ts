import { setImmediate } from 'node:timers/promises'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { createPool } from '../pool/create-pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import type { AcquireOptions } from './acquire-options.js'

setFlagsFromString('--expose-gc')
const gc: (options: { readonly type: 'minor' }) => void = runInNewContext('gc')

/** Elements of an array that hangs on each acquire. */
const BALLAST = 10_000

/** Bytes that have outlived the young generation. */
function old(): number {
  // What survives twice is old.
  for (let time = 0; time < 2; time++) gc({ type: 'minor' })
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}

/** Not one of Node's, whose signals outlive young collections by themselves. */
function heavySignal(value: number): AbortSignal {
  const signal = { aborted: false, addEventListener() {}, removeEventListener() {} }
  return { ...signal, ballast: new Array(BALLAST).fill(value) } as unknown as AbortSignal
}

it.each<[string, NonNullable<PoolOptions<object>['acquire']>, (time: number) => AcquireOptions]>([
  ['all alike', {}, () => ({})],
  ['with priorities', {}, (time) => ({ priority: time % 2 })],
  ['with clients', { perClient: { max: 2 } }, (time) => ({ client: `client ${time % 4}` })],
])('leaves nothing of acquires that have waited to the old generation: %s', async (_, acquire, wishOf) => {
  const pool = createPool({ name: 'light', open: () => ({}), close() {} }, { size: { max: 2 }, acquire })
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
  const before = old()
  await Promise.all(borrowers)
  await Promise.all(Array.from({ length: 16 }, () => borrow(20)))
  expect(old() - before).toBeLessThan(50 * BALLAST * 8)
  await pool.close()
})
