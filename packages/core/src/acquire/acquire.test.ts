import { expect, it, vi } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, record, slowOpens, testPool } from '../../test/test-pool.js'
import type { AcquireOptions } from './acquire-options.js'

it('lends an idle connection at once instead of opening another', async () => {
  const { pool, adapter } = testPool()
  const first = await pool.acquire()
  const { resource } = first
  first.release()
  const second = await pool.acquire()
  expect(second.resource).toBe(resource)
  expect(adapter.resources).toHaveLength(1)
})

it('lends each connection to one borrower at a time (invariant 1)', async () => {
  const { pool } = testPool({ size: { max: 3 } })
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  expect(new Set(leases.map((lease) => lease.resource)).size).toBe(3)
  expect(pool.stats()).toMatchObject({ leases: 3, connected: 3, idle: 0 })
})

it('serves waiters in the order in which they came (invariant 5)', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const order: number[] = []
  for (const i of [1, 2, 3, 4]) {
    void pool.acquire().then((next) => {
      order.push(i)
      next.release()
    })
  }
  lease.release()
  await clock.settle()
  expect(order).toEqual([1, 2, 3, 4])
})

it("serves the latest first with acquire.order 'lifo'", async () => {
  const { pool, clock } = testPool({ size: { max: 1 }, acquire: { order: 'lifo' } })
  const lease = await pool.acquire()
  const order: number[] = []
  for (const i of [1, 2, 3]) {
    void pool.acquire().then((next) => {
      order.push(i)
      next.release()
    })
  }
  lease.release()
  await clock.settle()
  expect(order).toEqual([3, 2, 1])
})

it('never lets an acquire overtake a waiter, even in the turn of a release', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const waiting = follow(pool.acquire())
  lease.release()
  const later = follow(pool.acquire())
  expect(pool.tryAcquire()).toBeUndefined()
  await clock.settle()
  expect([waiting.state, later.state]).toEqual(['fulfilled', 'pending'])
})

it('rejects with QueueFullError when acquire.maxWaiting are waiting, and takes the next when one has left', async () => {
  const { pool, clock } = testPool({ size: { max: 1 }, acquire: { maxWaiting: 2 } })
  const lease = await pool.acquire()
  const waiting = [follow(pool.acquire()), follow(pool.acquire())]
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL', waiting: 2, pool: 'test' })
  expect(pool.stats()).toMatchObject({ waiting: 2, rejected: 1 })
  lease.release()
  await clock.settle()
  expect(waiting[0]?.state).toBe('fulfilled')
  const taken = follow(pool.acquire())
  await clock.settle()
  expect(taken.state).toBe('pending')
})

it('rejects at its deadline exactly: the pool’s or its own (invariant 3)', async () => {
  const { pool, clock } = testPool({ size: { max: 1 }, acquire: { timeout: 1_000 } })
  await pool.acquire()
  const waiting = [
    follow(pool.acquire()),
    follow(pool.acquire({ timeout: 250 })),
    follow(pool.acquire({ timeout: 3_000 })),
  ]
  const states = () => waiting.map(({ state }) => state)
  await clock.advance(249)
  expect(states()).toEqual(['pending', 'pending', 'pending'])
  await clock.advance(1)
  expect(states()).toEqual(['pending', 'rejected', 'pending'])
  await clock.advance(750)
  expect(states()).toEqual(['rejected', 'rejected', 'pending'])
  await clock.advance(2_000)
  expect(states()).toEqual(['rejected', 'rejected', 'rejected'])
  expect(waiting[1]?.error).toMatchObject({ name: 'TimeoutError', code: 'ERR_POOL_ACQUIRE_TIMEOUT', waited: 250 })
  expect(pool.stats()).toMatchObject({ timedOut: 3, waiting: 0 })
})

it('waits for ever with a timeout of Infinity', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const waiting = follow(pool.acquire({ timeout: Number.POSITIVE_INFINITY }))
  await clock.advance(2 ** 33)
  expect(waiting.state).toBe('pending')
  lease.release()
  await clock.settle()
  expect(waiting.state).toBe('fulfilled')
})

it('rejects at once when its signal aborts, with the reason as cause, and leaves nothing behind', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  await pool.acquire()
  const controller = new AbortController()
  const removed = vi.spyOn(controller.signal, 'removeEventListener')
  const waiting = follow(pool.acquire({ signal: controller.signal }))
  await clock.advance(40)
  const reason = new Error('the user left')
  controller.abort(reason)
  await Promise.resolve()
  await clock.settle()
  expect(waiting.error).toMatchObject({
    name: 'AbortError',
    code: 'ERR_POOL_ACQUIRE_ABORTED',
    cause: reason,
    waited: 40,
  })
  expect(pool.stats()).toMatchObject({ waiting: 0, aborted: 1 })
  expect(removed).toHaveBeenCalledTimes(1)
})

it('rejects an acquire whose signal is aborted already, even when a connection is idle', async () => {
  const { pool } = testPool()
  ;(await pool.acquire()).release()
  const reason = new Error('too late')
  await expect(pool.acquire({ signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
    code: 'ERR_POOL_ACQUIRE_ABORTED',
    cause: reason,
    waited: 0,
  })
  expect(pool.stats()).toMatchObject({ idle: 1, leases: 0, aborted: 1, acquired: 1 })
})

it('does not listen to the signal of an acquire that is granted at once', async () => {
  const { pool } = testPool()
  ;(await pool.acquire()).release()
  const { signal } = new AbortController()
  const added = vi.spyOn(signal, 'addEventListener')
  await pool.acquire({ signal })
  expect(added).not.toHaveBeenCalled()
})

it('knows neither abort nor deadline once a connection was handed over (invariant 3)', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const controller = new AbortController()
  const waiting = follow(pool.acquire({ signal: controller.signal, timeout: 100 }))
  lease.release()
  controller.abort()
  await clock.advance(500)
  expect(waiting.state).toBe('fulfilled')
  expect(waiting.value.signal.aborted).toBe(false)
  expect(pool.stats()).toMatchObject({ leases: 1, aborted: 0, timedOut: 0 })
})

it('returns a connection opened for an aborted acquire to the next waiter', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ size: { max: 1 } }, opens)
  const controller = new AbortController()
  const gone = follow(pool.acquire({ signal: controller.signal }))
  const next = follow(pool.acquire())
  controller.abort()
  const resource = opens.calls[0]?.succeed()
  await clock.settle()
  expect(gone.state).toBe('rejected')
  expect(next.value.resource).toBe(resource)
  expect(opens.calls).toHaveLength(1)
})

it('keeps a connection that was opened for nobody any more', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const controller = new AbortController()
  follow(pool.acquire({ signal: controller.signal }))
  controller.abort()
  opens.calls[0]?.succeed()
  await clock.settle()
  expect(pool.stats()).toMatchObject({ idle: 1, leases: 0, opened: 1 })
})

it.each<[string, unknown, string]>([
  ['a timeout of 0', { timeout: 0 }, 'acquire.timeout'],
  ['a timeout that is no number', { timeout: '5' }, 'acquire.timeout'],
  ['a timeout that is not a number', { timeout: Number.NaN }, 'acquire.timeout'],
  ['a signal that is none', { signal: {} }, 'acquire.signal'],
  ['a fresh that is no flag', { fresh: 1 }, 'acquire.fresh'],
  ['a misspelled option', { timeot: 5 }, 'acquire.timeot'],
  ['options that are no object', 5, 'acquire'],
])('rejects %s instead of throwing', async (_, options, option) => {
  const { pool } = testPool()
  const outcome = follow(pool.acquire(options as AcquireOptions))
  await Promise.resolve()
  expect(outcome.state).toBe('rejected')
  expect(outcome.error).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option })
  expect(pool.stats()).toMatchObject({ rejected: 1, waiting: 0, size: 0 })
})

it('suggests the right name for a misspelled option of an acquire', async () => {
  const { pool } = testPool()
  await expect(pool.acquire({ timeot: 5 } as AcquireOptions)).rejects.toThrow('Did you mean timeout?')
})

it('serves a fresh acquire only by a connection whose open began after it', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({}, opens)
  const normal = follow(pool.acquire())
  const fresh = follow(pool.acquire({ fresh: true }))
  expect(opens.calls).toHaveLength(2)
  opens.calls[0]?.succeed()
  await clock.settle()
  normal.value.release()
  await clock.settle()
  expect(fresh.state).toBe('pending')
  const resource = opens.calls[1]?.succeed()
  await clock.settle()
  expect(fresh.value.resource).toBe(resource)
  expect(fresh.value.reused).toBe(false)
})

it('makes room for a fresh acquire at the limit by closing the longest idle', async () => {
  const { pool, clock, adapter } = testPool({ size: { max: 2 } })
  const [a, b] = await Promise.all([pool.acquire(), pool.acquire()])
  const longestIdle = a.resource
  a.release()
  await clock.advance(10)
  b.release()
  const disconnects = record(pool, 'disconnect')
  const fresh = await pool.acquire({ fresh: true })
  expect(fresh.connection.id).toBe(3)
  expect(disconnects.map(({ event }) => event.reason)).toEqual(['surplus'])
  expect(longestIdle.open).toBe(false)
  expect(adapter.openCount).toBe(2)
})

it('makes room for a fresh acquire at the limit as soon as a connection comes back', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const fresh = follow(pool.acquire({ fresh: true }))
  const behind = follow(pool.acquire())
  await clock.settle()
  expect(fresh.state).toBe('pending')
  lease.release()
  await clock.settle()
  expect(fresh.value.connection.id).toBe(2)
  expect(behind.state).toBe('pending')
  fresh.value.release()
  await clock.settle()
  expect(behind.state).toBe('fulfilled')
  expect(behind.value.connection.id).toBe(2)
})

it('makes room for a fresh acquire at the limit although an older open is in flight', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ size: { max: 2 } }, opens)
  follow(pool.warm(1))
  opens.calls[0]?.succeed()
  await clock.settle()
  follow(pool.warm(2))
  expect(opens.calls).toHaveLength(2)
  const fresh = follow(pool.acquire({ fresh: true }))
  await clock.settle()
  expect(opens.calls).toHaveLength(3)
  opens.calls[2]?.succeed()
  await clock.settle()
  expect(fresh.state).toBe('fulfilled')
})

it('does not hold up ordinary acquires behind a fresh one that cannot use what is idle', async () => {
  const { pool, clock } = testPool({ size: { max: 2 } }, (clock) => slowOpens(clock, 100))
  const first = follow(pool.acquire())
  await clock.advance(100)
  first.value.release()
  const fresh = follow(pool.acquire({ fresh: true }))
  const normal = follow(pool.acquire())
  await clock.settle()
  expect([fresh.state, normal.state]).toEqual(['pending', 'fulfilled'])
})

it('takes a fresh acquire that gives up out of the queue without closing what is left', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const fresh = follow(pool.acquire({ fresh: true, timeout: 50 }))
  await clock.advance(50)
  expect(fresh.state).toBe('rejected')
  lease.release()
  await clock.settle()
  expect(pool.stats()).toMatchObject({ idle: 1, size: 1 })
})

it('lends an idle connection synchronously by tryAcquire, and nothing when none is idle', async () => {
  const { pool, clock } = testPool({ size: { max: 2 } })
  expect(pool.tryAcquire()).toBeUndefined()
  expect(pool.stats().size).toBe(0)
  ;(await pool.acquire()).release()
  const lease = pool.tryAcquire()
  expect(lease?.resource).toBeInstanceOf(TestResource)
  expect(pool.tryAcquire()).toBeUndefined()
  lease?.release()
  expect(pool.stats()).toMatchObject({ acquired: 2, idle: 1 })
  await clock.settle()
})

it('does not let tryAcquire overtake a waiter, even where a listener sees the connection first', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } }, { reset: async () => {} })
  const lease = await pool.acquire()
  const waiting = follow(pool.acquire())
  const seen: unknown[] = []
  pool.on('transition', ({ to }) => {
    if (to === 'idle.ready') seen.push(pool.tryAcquire())
  })
  lease.release()
  await clock.settle()
  expect(seen).toEqual([undefined])
  expect(waiting.state).toBe('fulfilled')
})

it.each([30_000, Number.POSITIVE_INFINITY])(
  'reads the clock once per acquire and hardly ever per release with an idle.timeout of %d',
  async (timeout) => {
    const { pool, clock } = testPool({ idle: { timeout } })
    ;(await pool.acquire()).release()
    const original = clock.now
    let reads = 0
    Object.assign(clock, { now: () => ++reads && original() })
    for (let i = 0; i < 800; i++) (await pool.acquire()).release()
    expect(reads).toBeLessThanOrEqual(900)
  },
)

it('sets no timer of its own when a connection is at hand', async () => {
  const { pool, clock } = testPool({ idle: { timeout: Number.POSITIVE_INFINITY } })
  ;(await pool.acquire()).release()
  const timers = vi.spyOn(clock, 'setTimeout')
  for (let i = 0; i < 20; i++) (await pool.acquire()).release()
  expect(timers.mock.calls.length).toBeLessThanOrEqual(1)
  await clock.advance(1_000)
  expect(clock.pending).toBe(0)
})
