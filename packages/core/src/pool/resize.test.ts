import { expect, it } from 'vitest'
import { follow, gatedOpens, record, testPool } from '../../test/test-pool.js'

it('opens for waiters as soon as there may be more', async () => {
  const { pool, clock } = testPool({ size: { max: 1 }, connect: { growth: 'eager' } })
  await pool.acquire()
  const waiting = [follow(pool.acquire()), follow(pool.acquire())]
  await clock.settle()
  pool.resize({ max: 2 })
  await clock.settle()
  expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending'])
  pool.resize({ max: 3 })
  await clock.settle()
  expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled'])
})

it('closes idle connections that are too many now, and leased ones when they come back (invariant 2)', async () => {
  const { pool, clock } = testPool({ size: { max: 4 } })
  const disconnects = record(pool, 'disconnect')
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire()])
  leases[0]?.release()
  pool.resize({ max: 1 })
  await clock.settle()
  expect(pool.stats()).toMatchObject({ size: 3, max: 1, leases: 3 })
  const waiting = follow(pool.acquire())
  leases[1]?.release()
  leases[2]?.release()
  await clock.settle()
  expect([pool.stats().size, waiting.state]).toEqual([1, 'pending'])
  leases[3]?.release()
  await clock.settle()
  expect(waiting.value.connection.id).toBe(leases[3]?.connection.id)
  expect(disconnects.map(({ event }) => event.reason)).toEqual(['surplus', 'surplus', 'surplus'])
})

it('closes opens in flight that are too many when they arrive', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ size: { max: 3 } }, opens)
  const waiting = [1, 2, 3].map(() => follow(pool.acquire()))
  pool.resize({ max: 1 })
  for (const call of opens.calls) call.succeed()
  await clock.settle()
  expect(pool.stats()).toMatchObject({ size: 1, leases: 1, waiting: 2 })
  expect(waiting.filter(({ state }) => state === 'fulfilled')).toHaveLength(1)
  expect(opens.calls).toHaveLength(3)
})

it('opens a higher size.min at once', async () => {
  const { pool, clock } = testPool()
  pool.resize({ min: 3 })
  await clock.settle()
  expect(pool.stats()).toMatchObject({ min: 3, idle: 3 })
})

it('leaves alone what it is not given', () => {
  const { pool } = testPool({ size: { min: 1, max: 5 } })
  pool.resize({ max: 7 })
  expect(pool.stats()).toMatchObject({ min: 1, max: 7 })
  pool.resize({})
  expect(pool.stats()).toMatchObject({ min: 1, max: 7 })
})

it.each<[object, string]>([
  [{ max: 0 }, 'size.max'],
  [{ max: 1.5 }, 'size.max'],
  [{ max: '5' }, 'size.max'],
  [{ min: -1 }, 'size.min'],
  [{ min: 11 }, 'size.min'],
  [{ max: 1 }, 'size.min'],
  [{ min: 9 }, 'idle.max'],
  [{ maximum: 9 }, 'size.maximum'],
])('throws for %o, and changes nothing', (size, option) => {
  const { pool } = testPool({ size: { min: 2 }, idle: { max: 8 } })
  expect(() => pool.resize(size)).toThrow(expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option }))
  expect(pool.stats()).toMatchObject({ min: 2, max: 10 })
})

it('throws PoolClosedError once the pool is closing', async () => {
  const { pool } = testPool()
  const closed = pool.close()
  expect(() => pool.resize({ max: 5 })).toThrow(expect.objectContaining({ code: 'ERR_POOL_CLOSED' }))
  await closed
})
