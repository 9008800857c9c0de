import { expect, it } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, record, slowOpens, testPool } from '../../test/test-pool.js'
import { EXPIRIES_AT_ONCE } from '../time/timer-wheel.js'

const refused = new Error('refused')

it("says 'waiting' when every connection was in use at the deadline", async () => {
  const { pool, clock } = testPool({ size: { max: 2 }, acquire: { timeout: 500 } })
  await pool.acquire()
  await clock.advance(100)
  await pool.acquire()
  const first = follow(pool.acquire())
  follow(pool.acquire({ timeout: 900 }))
  await clock.advance(500)
  expect(first.error).toMatchObject({
    code: 'ERR_POOL_ACQUIRE_TIMEOUT',
    phase: 'waiting',
    waited: 500,
    max: 2,
    leased: 2,
    checking: 0,
    connecting: 0,
    waiting: 1,
    oldestLease: 600,
    paused: false,
  })
  expect(first.error.cause).toBeUndefined()
})

it('gives a timeout no stack of the timer that noticed it, and other errors theirs', async () => {
  const { pool, clock } = testPool({ size: { max: 1 }, acquire: { timeout: 500 } })
  await pool.acquire()
  const waiting = follow(pool.acquire())
  await clock.advance(500)
  expect((waiting.error as Error).stack).toMatch(/^TimeoutError: No connection of pool .*$/)
  expect(new Error('ours').stack).toContain('fail-waiters.test.ts')
})

it('lets the event loop go on while very many time out at once: the last are a few ms late', async () => {
  const { pool, clock } = testPool({ size: { max: 1 }, acquire: { timeout: 500 } })
  await pool.acquire()
  const waiting = Array.from({ length: 3 * EXPIRIES_AT_ONCE }, () => follow(pool.acquire()))
  await clock.advance(500)
  expect(pool.stats()).toMatchObject({ timedOut: EXPIRIES_AT_ONCE, waiting: 2 * EXPIRIES_AT_ONCE })
  await clock.advance(3)
  expect(pool.stats()).toMatchObject({ timedOut: 3 * EXPIRIES_AT_ONCE, waiting: 0 })
  for (const { error } of waiting) expect(error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT' })
})

it("says 'connecting' when an open was in progress at the deadline", async () => {
  const { pool, clock } = testPool({ acquire: { timeout: 500 } }, { open: () => new Promise(() => {}) })
  const waiting = follow(pool.acquire())
  await clock.advance(500)
  expect(waiting.error).toMatchObject({ phase: 'connecting', connecting: 1, leased: 0 })
})

it("says 'checking' when a check was running at the deadline", async () => {
  const { pool, clock } = testPool(
    { size: { max: 1 }, acquire: { timeout: 500 } },
    { check: () => new Promise(() => {}) },
  )
  ;(await pool.acquire()).release()
  await clock.advance(1_000)
  const waiting = follow(pool.acquire())
  await clock.advance(500)
  expect(waiting.error).toMatchObject({ phase: 'checking', checking: 1 })
})

it('says that the pool was paused at the deadline', async () => {
  const { pool, clock } = testPool({ acquire: { timeout: 500 } })
  pool.pause()
  const waiting = follow(pool.acquire())
  await clock.advance(500)
  expect(waiting.error).toMatchObject({ paused: true })
  expect(waiting.error.message).toContain('paused')
})

it('rejects all waiters with ConnectError when an open fails and nothing can serve them', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const waiting = [follow(pool.acquire()), follow(pool.acquire())]
  opens.calls[0]?.fail(refused)
  await clock.settle()
  expect(waiting.map(({ state }) => state)).toEqual(['pending', 'pending'])
  opens.calls[1]?.fail(refused)
  await clock.settle()
  for (const { error } of waiting) {
    expect(error).toMatchObject({
      code: 'ERR_POOL_CONNECT',
      cause: refused,
      adapter: 'test',
      attempts: 1,
      pool: 'test',
    })
  }
  expect(pool.stats()).toMatchObject({ waiting: 0, rejected: 2 })
})

it('serves all waiters by the open that succeeds although another one failed', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const waiting = [follow(pool.acquire()), follow(pool.acquire())]
  opens.calls[0]?.fail(refused)
  opens.calls[1]?.succeed()
  await clock.settle()
  expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending'])
  waiting[0]?.value.release()
  await clock.settle()
  expect(waiting[1]?.state).toBe('fulfilled')
})

it.each(['leased', 'checking', 'resetting'] as const)('keeps waiters while a connection is %s', async (what) => {
  let opens = 0
  const never = () => new Promise<void>(() => {})
  const { pool, clock } = testPool(
    { size: { max: 2 }, connect: { growth: 'eager' }, health: { onAcquire: what === 'checking' } },
    {
      open: async () => {
        if (++opens > 1) throw refused
        return new TestResource(opens)
      },
      check: never,
      ...(what === 'resetting' ? { reset: never } : {}),
    },
  )
  const lease = await pool.acquire()
  if (what !== 'leased') lease.release()
  await clock.advance(1_000)
  const waiting = follow(pool.acquire({ timeout: 3_000 }))
  const fresh = what === 'leased' ? undefined : follow(pool.acquire({ timeout: 3_000 }))
  await clock.advance(2_999)
  expect(opens).toBeGreaterThan(1)
  expect([waiting.state, fresh?.state ?? 'pending']).toEqual(['pending', 'pending'])
  await clock.advance(1)
  expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', cause: refused })
})

it('gives a failure from before the acquire to no timeout as its cause', async () => {
  let opens = 0
  const { pool, clock } = testPool(
    { size: { max: 1 } },
    {
      open: async () => {
        if (++opens === 1) throw refused
        return new TestResource(opens)
      },
    },
  )
  await expect(pool.acquire()).rejects.toThrow('refused')
  await clock.advance(1_000)
  await pool.acquire()
  const waiting = follow(pool.acquire({ timeout: 100 }))
  await clock.advance(100)
  expect(waiting.error.cause).toBeUndefined()
})

it('keeps waiters through an outage until their deadline with connect.retry, and gives the last failure as cause', async () => {
  const { pool, clock } = testPool(
    { connect: { retry: true }, acquire: { timeout: 5_000 } },
    { open: () => Promise.reject(refused) },
  )
  const waiting = follow(pool.acquire())
  await clock.advance(4_999)
  expect(waiting.state).toBe('pending')
  await clock.advance(1)
  expect(waiting.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', cause: refused })
  expect(waiting.error.message).toContain('see cause')
})

it('gives the failure after which no open was to begin as cause to one that came later and waited for the next alone', async () => {
  const { pool, clock } = testPool(
    { connect: { retry: true, backoff: { initialDelay: 1_000, jitter: 0 } } },
    { open: () => Promise.reject(refused) },
  )
  follow(pool.acquire())
  await clock.advance(10)
  const late = follow(pool.acquire({ timeout: 300 }))
  await clock.advance(300)
  expect(late.error).toMatchObject({ code: 'ERR_POOL_ACQUIRE_TIMEOUT', cause: refused })
  expect(late.error.message).toContain('see cause')
})

it('serves waiters kept by connect.retry when the server is back', async () => {
  let up = false
  const { pool, clock } = testPool(
    { connect: { retry: true } },
    { open: ({ connectionId }) => (up ? new TestResource(connectionId) : Promise.reject(refused)) },
  )
  const waiting = [1, 2, 3].map(() => follow(pool.acquire()))
  await clock.advance(1_000)
  up = true
  await clock.advance(1_000)
  expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
})

it('rejects a fresh acquire when its open fails although others are leased', async () => {
  let opens = 0
  const { pool, clock } = testPool(
    {},
    {
      open: async () => {
        if (++opens > 1) throw refused
        return new TestResource(opens)
      },
    },
  )
  await pool.acquire()
  const fresh = follow(pool.acquire({ fresh: true }))
  await clock.settle()
  expect(fresh.error).toMatchObject({ code: 'ERR_POOL_CONNECT', cause: refused })
})

it('lets an acquireError listener acquire again without failing that acquire in the same breath', async () => {
  let opens = 0
  const { pool, clock } = testPool(
    {},
    {
      open: async () => {
        if (++opens > 1) throw refused
        return new TestResource(opens)
      },
    },
  )
  await pool.acquire()
  let failures = 0
  pool.on('acquireError', () => {
    if (++failures < 50) follow(pool.acquire({ fresh: true }))
  })
  follow(pool.acquire({ fresh: true }))
  await clock.settle()
  expect(failures).toBe(1)
})

it('says what failed, why and after how long in acquireError', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } }, (clock) => slowOpens(clock, 10))
  const heard = record(pool, 'acquireError')
  follow(pool.acquire())
  const controller = new AbortController()
  const aborted = follow(pool.acquire({ signal: controller.signal }))
  const late = follow(pool.acquire({ timeout: 30 }))
  await clock.advance(20)
  controller.abort()
  await clock.advance(20)
  const closed = follow(pool.acquire())
  void pool.close()
  await clock.settle()
  expect(heard.map(({ event }) => event)).toEqual([
    { pool: 'test', reason: 'aborted', waited: 20, error: aborted.error },
    { pool: 'test', reason: 'timeout', waited: 30, error: late.error },
    { pool: 'test', reason: 'closed', waited: 0, error: closed.error },
  ])
})
