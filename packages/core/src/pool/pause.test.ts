import { expect, it } from 'vitest'
import { follow, gatedOpens, record, testPool } from '../../test/test-pool.js'

it('grants no lease and opens nothing until resume, the deadlines running', async () => {
  const { pool, clock, adapter } = testPool()
  ;(await pool.acquire()).release()
  pool.pause()
  const [short, long] = [follow(pool.acquire({ timeout: 100 })), follow(pool.acquire())]
  const third = follow(pool.acquire())
  expect(pool.tryAcquire()).toBeUndefined()
  await clock.advance(100)
  expect([short.state, long.state, third.state]).toEqual(['rejected', 'pending', 'pending'])
  expect(adapter.resources).toHaveLength(1)
  expect(pool.stats()).toMatchObject({ state: 'paused', waiting: 2, idle: 1 })
  pool.resume()
  await clock.settle()
  expect([long.state, third.state]).toEqual(['fulfilled', 'fulfilled'])
  expect(pool.stats().state).toBe('running')
})

it('serves the longest-waiting first on resume', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  pool.pause()
  const order: number[] = []
  for (const i of [1, 2, 3]) void pool.use(() => order.push(i))
  pool.resume()
  await clock.settle()
  expect(order).toEqual([1, 2, 3])
})

it('lets what comes back, and what was opening, rest', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const waiting = [follow(pool.acquire()), follow(pool.acquire())]
  opens.calls[0]?.succeed()
  await clock.settle()
  pool.pause()
  waiting[0]?.value.release()
  opens.calls[1]?.succeed()
  await clock.settle()
  expect(pool.stats()).toMatchObject({ idle: 2, leases: 0, waiting: 1 })
  pool.resume()
  await clock.settle()
  expect(waiting[1]?.state).toBe('fulfilled')
})

it("rejects waiters and refuses acquires with waiters: 'reject'", async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const waiting = follow(pool.acquire())
  pool.pause({ waiters: 'reject' })
  await clock.settle()
  expect(waiting.error).toMatchObject({ code: 'ERR_POOL_PAUSED', pool: 'test' })
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
  await expect(pool.warm(3)).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
  lease.release()
  expect(pool.tryAcquire()).toBeUndefined()
  pool.resume()
  expect(pool.tryAcquire()).toBeDefined()
})

it('rejects a warm in progress when it begins to refuse', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const warming = follow(pool.warm(2))
  pool.pause({ waiters: 'reject' })
  await clock.settle()
  expect(warming.error).toMatchObject({ code: 'ERR_POOL_PAUSED' })
})

it("refuses acquires from the beginning with start: 'paused', until resume", async () => {
  const { pool } = testPool({ start: 'paused' })
  expect(pool.stats().state).toBe('paused')
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
  pool.resume()
  expect((await pool.acquire()).connection.id).toBe(1)
})

it('tells of pause and resume, and of nothing where nothing changes', () => {
  const { pool } = testPool()
  const heard = record(pool, 'pause', 'resume')
  pool.resume()
  pool.pause()
  pool.resume()
  pool.resume()
  expect(heard).toEqual([
    { name: 'pause', event: { pool: 'test', waiters: 'hold' } },
    { name: 'resume', event: { pool: 'test' } },
  ])
})

it('may be closed while paused', async () => {
  const { pool, clock } = testPool()
  ;(await pool.acquire()).release()
  pool.pause()
  const waiting = follow(pool.acquire())
  await pool.close()
  await clock.settle()
  expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CLOSED' })
  expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
})

it('refuses an unknown way by name', () => {
  const { pool } = testPool()
  expect(() => pool.pause({ waiters: 'drop' as 'hold' })).toThrow(expect.objectContaining({ option: 'pause.waiters' }))
  expect(pool.stats().state).toBe('running')
})
