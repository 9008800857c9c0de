import { expect, it } from 'vitest'
import { follow, record, testPool } from '../../test/test-pool.js'

const fatal = new Error('protocol violation')
const harmless = new Error('unique constraint')
const isFatal = (error: unknown) => error === fatal

it('lends a connection to the function, returns what that returns, and releases', async () => {
  const { pool } = testPool()
  await expect(pool.use(({ id }, lease) => [id, lease.reused])).resolves.toEqual([1, false])
  await expect(pool.use(async ({ id }, lease) => [id, lease.reused])).resolves.toEqual([1, true])
  expect(pool.stats()).toMatchObject({ leases: 0, idle: 1 })
})

it.each([
  ['rejects', (error: Error) => Promise.reject(error)],
  [
    'throws',
    (error: Error) => {
      throw error
    },
  ],
])('releases, and rejects with the same error, when the function %s', async (_, fail) => {
  const { pool } = testPool({}, { isFatal })
  await expect(pool.use(() => fail(harmless))).rejects.toBe(harmless)
  expect(pool.stats()).toMatchObject({ leases: 0, idle: 1 })
  await expect(pool.use(() => fail(fatal))).rejects.toBe(fatal)
  expect(pool.stats()).toMatchObject({ leases: 0, size: 0, closed: { destroyed: 1 } })
})

it('releases after an error where the adapter has no isFatal', async () => {
  const { pool } = testPool()
  await expect(pool.use(() => Promise.reject(fatal))).rejects.toBe(fatal)
  expect(pool.stats()).toMatchObject({ idle: 1 })
})

it('destroys when isFatal itself throws, and reports that', async () => {
  const { pool } = testPool(
    {},
    {
      isFatal: () => {
        throw fatal
      },
    },
  )
  const errors = record(pool, 'error')
  await expect(pool.use(() => Promise.reject(harmless))).rejects.toBe(harmless)
  expect(errors.map(({ event }) => [event.source, event.error])).toEqual([['is-fatal', fatal]])
  expect(pool.stats()).toMatchObject({ size: 0, closed: { destroyed: 1 } })
})

it('leaves a lease alone that the function has ended itself', async () => {
  const { pool, clock } = testPool({}, { isFatal })
  const misuses = record(pool, 'misuse')
  const resource = await pool.use((_, lease) => lease.detach())
  await pool.use((_, lease) => lease.retire())
  await expect(
    pool.use((_, lease) => {
      lease.release()
      throw fatal
    }),
  ).rejects.toBe(fatal)
  await clock.settle()
  expect(misuses).toEqual([])
  expect(resource.open).toBe(true)
  expect(pool.stats()).toMatchObject({ idle: 1, closed: { detached: 1, retired: 1, destroyed: 0 } })
})

it('passes its options on, and rejects as acquire does without calling the function', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  await pool.acquire()
  let called = false
  const used = follow(
    pool.use(
      () => {
        called = true
      },
      { timeout: 70 },
    ),
  )
  await clock.advance(70)
  expect(used.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' })
  expect(called).toBe(false)
})

it('tells the function by the signal of its lease that the connection is lost, and keeps the error it rejects with', async () => {
  const { pool } = testPool({}, { isFatal })
  const lost = new Error('ECONNRESET')
  const used = pool.use(async (resource, lease) => {
    const { signal } = lease
    resource.lose(lost)
    signal.throwIfAborted()
  })
  await expect(used).rejects.toBe(lost)
  expect(pool.stats()).toMatchObject({ size: 0, leases: 0, closed: { lost: 1 } })
})
