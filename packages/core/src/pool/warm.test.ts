import { expect, it } from 'vitest'
import { follow, gatedOpens, slowOpens, testPool } from '../../test/test-pool.js'

it('opens as many as it is asked for, and resolves when they are open', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const warming = follow(pool.warm(3))
  expect(opens.calls).toHaveLength(3)
  opens.calls[0]?.succeed()
  opens.calls[1]?.succeed()
  await clock.settle()
  expect(warming.state).toBe('pending')
  opens.calls[2]?.succeed()
  await clock.settle()
  expect(warming.state).toBe('fulfilled')
  expect(pool.stats().idle).toBe(3)
})

it('opens size.min by default, and at most size.max', async () => {
  const { pool, clock } = testPool({ size: { min: 2, max: 4 } })
  await pool.warm()
  expect(pool.stats().idle).toBe(2)
  await pool.warm(100)
  expect(pool.stats().idle).toBe(4)
  await clock.settle()
})

it('counts what is open already, leased or not', async () => {
  const { pool, adapter } = testPool()
  await Promise.all([pool.acquire(), pool.acquire()])
  await pool.warm(3)
  expect(adapter.resources).toHaveLength(3)
  await pool.warm(2)
  await pool.warm(0)
  expect(adapter.resources).toHaveLength(3)
})

it('rejects with the first ConnectError, and asks for nothing more', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const refused = new Error('refused')
  const warming = follow(pool.warm(2))
  opens.calls[1]?.fail(refused)
  await clock.settle()
  expect(warming.error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: refused })
  opens.calls[0]?.succeed()
  await clock.advance(60_000)
  expect(opens.calls).toHaveLength(2)
})

it('does not keep open what it opened', async () => {
  const { pool, clock } = testPool({ idle: { timeout: 1_000 } })
  await pool.warm(3)
  await clock.advance(2_000)
  expect(pool.stats().size).toBe(0)
})

it('lets several callers warm at the same time', async () => {
  const { pool, clock } = testPool({}, (clock) => slowOpens(clock, 10))
  const warming = [follow(pool.warm(1)), follow(pool.warm(4)), follow(pool.warm(2))]
  await clock.advance(10)
  expect(warming.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  expect(pool.stats().idle).toBe(4)
})

it('reopens what a flush took from it', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const warming = follow(pool.warm(1))
  pool.flush()
  opens.calls[0]?.succeed()
  await clock.settle()
  opens.calls[1]?.succeed()
  await clock.settle()
  expect(warming.state).toBe('fulfilled')
  expect(pool.stats()).toMatchObject({ idle: 1, generation: 1 })
})

it('does not open and close without end when it is asked for more than idle.max keeps', async () => {
  const { pool, clock } = testPool({ idle: { max: 2 } }, (clock) => slowOpens(clock, 10))
  let opens = 0
  pool.on('connecting', () => opens++)
  const warming = follow(pool.warm(5))
  await clock.advance(500)
  expect(opens).toBeLessThanOrEqual(5)
  expect(warming.state).toBe('fulfilled')
  expect(pool.stats().idle).toBe(2)
})

it('resolves when resize has made its count impossible and as many as may be are open', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const warming = follow(pool.warm(5))
  pool.resize({ max: 2 })
  for (const call of opens.calls) call.succeed()
  await clock.advance(1_000)
  expect(warming.state).toBe('fulfilled')
})

it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '3', null])('rejects a count of %s', async (count) => {
  const { pool } = testPool()
  await expect(pool.warm(count as number)).rejects.toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option: 'count' })
})

it('rejects once the pool is closed, and when it closes meanwhile', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const warming = follow(pool.warm(1))
  void pool.close()
  await clock.settle()
  expect(warming.error).toMatchObject({ code: 'ERR_POOL_CLOSED' })
  await expect(pool.warm(1)).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
})
