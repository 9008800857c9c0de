import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, slowOpens, testPool } from '../../test/test-pool.js'
import type { Pool } from './pool.js'

/** Counts again what `stats()` counts, from the outside. */
function recount(pool: Pool<TestResource>) {
  const all = [...pool.connections()]
  const inState = (name: string) => all.filter(({ state }) => state.split('.')[0] === name).length
  return {
    size: all.length,
    connecting: inState('connecting'),
    connected: inState('connected'),
    idle: inState('idle'),
    closing: inState('closing'),
    leases: all.reduce((sum, { leases }) => sum + leases, 0),
  }
}

it('has nothing to say of a pool that has done nothing', () => {
  const { pool } = testPool({ size: { max: 4 } })
  const { closed, ...stats } = pool.stats()
  expect(stats).toEqual({
    state: 'running',
    generation: 0,
    min: 0,
    max: 4,
    size: 0,
    connecting: 0,
    connected: 0,
    idle: 0,
    closing: 0,
    leases: 0,
    waiting: 0,
    opened: 0,
    acquired: 0,
    timedOut: 0,
    aborted: 0,
    rejected: 0,
    abandoned: 0,
    late: 0,
  })
  expect(Object.values(closed).every((count) => count === 0)).toBe(true)
  expect(Object.keys(closed)).toHaveLength(15)
})

it('equals a recount of connections() after whatever happens (invariant 10)', async () => {
  const command = fc.constantFrom(
    ...([
      'acquire',
      'fresh',
      'try',
      'release',
      'retire',
      'destroy',
      'detach',
      'lose',
      'flush',
      'now',
      'shrink',
    ] as const),
    ...(['grow', 'warm', 'advance', 'advance', 'pause', 'resume', 'acquire', 'release'] as const),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(command, fc.nat(400)), { maxLength: 40 }), async (commands) => {
      const { pool, clock } = testPool(
        { size: { max: 4 }, idle: { timeout: 300, max: 3 }, connect: { timeout: 100 }, close: { timeout: 50 } },
        (clock) => ({
          open: ({ connectionId: id }) =>
            new Promise((resolve, reject) => {
              if (id % 11 === 0) return
              clock.setTimeout(() => (id % 5 === 0 ? reject(new Error('no')) : resolve(new TestResource(id))), id % 40)
            }),
          close: () => new Promise((resolve) => clock.setTimeout(() => resolve(), 20)),
          reset: ({ id }) => (id % 3 === 0 ? Promise.reject(new Error('dirty')) : Promise.resolve()),
          check: ({ id }) => (id % 4 === 0 ? Promise.reject(new Error('ill')) : Promise.resolve()),
          setRef: () => {},
        }),
      )
      pool.on('error', () => {})
      const outcomes: ReturnType<typeof follow<Awaited<ReturnType<typeof pool.acquire>>>>[] = []
      const leases = () => outcomes.filter(({ state }) => state === 'fulfilled').map(({ value }) => value)
      const check = () => {
        const { size, connecting, connected, idle, closing, leases, max } = pool.stats()
        expect({ size, connecting, connected, idle, closing, leases }).toEqual(recount(pool))
        expect(connecting + connected + idle + closing).toBe(size)
        return max
      }
      pool.on('transition', check)
      for (const [action, n] of commands) {
        const lease = leases()[n % Math.max(1, leases().length)]
        if (action === 'acquire') outcomes.push(follow(pool.acquire({ timeout: n + 1 })))
        else if (action === 'fresh') outcomes.push(follow(pool.acquire({ timeout: n + 1, fresh: true })))
        else if (action === 'try') pool.tryAcquire()?.release()
        else if (action === 'release' || action === 'retire' || action === 'destroy') lease?.[action]()
        else if (action === 'detach' && lease?.connection.leases === 1)
          follow(Promise.resolve().then(() => lease.detach()))
        else if (action === 'flush') pool.flush()
        else if (action === 'now') pool.flush({ leased: 'now' })
        else if (action === 'shrink') pool.resize({ max: 1 })
        else if (action === 'grow') pool.resize({ max: 5 })
        else if (action === 'warm') follow(pool.warm(n % 4))
        else if (action === 'advance') await clock.advance(n)
        else if (action === 'pause') pool.pause()
        else if (action === 'resume') pool.resume()
        check()
      }
      await pool.destroy()
      check()
    }),
    { numRuns: 60 },
  )
})

it('counts what was acquired, refused and ended since the beginning', async () => {
  const { pool, clock } = testPool({ size: { max: 1 }, acquire: { maxWaiting: 1 } })
  const lease = await pool.acquire()
  follow(pool.acquire({ timeout: 10 }))
  follow(pool.acquire())
  await clock.advance(10)
  const controller = new AbortController()
  follow(pool.acquire({ signal: controller.signal }))
  controller.abort()
  lease.destroy()
  pool.tryAcquire()
  ;(await pool.acquire()).release()
  expect(pool.tryAcquire()).toBeDefined()
  expect(pool.stats()).toMatchObject({
    opened: 2,
    acquired: 3,
    timedOut: 1,
    rejected: 1,
    aborted: 1,
    closed: { destroyed: 1 },
  })
})

it('gives the ages of the oldest lease and the oldest waiter', async () => {
  const { pool, clock } = testPool({ size: { max: 2 } })
  const lease = await pool.acquire()
  await clock.advance(10)
  await pool.acquire()
  await clock.advance(20)
  follow(pool.acquire())
  await clock.advance(30)
  follow(pool.acquire())
  expect(pool.stats()).toMatchObject({ oldestLease: 60, oldestWaiter: 30 })
  lease.release()
  expect(pool.stats()).toMatchObject({ oldestLease: 50, oldestWaiter: 0 })
})

it("has histograms of wait, connect and lease times with stats: 'full' only", async () => {
  const { pool, clock } = testPool({ stats: 'full', size: { max: 1 } }, (clock) => slowOpens(clock, 40))
  const first = follow(pool.acquire())
  await clock.advance(40)
  const second = follow(pool.acquire())
  await clock.advance(100)
  first.value.release()
  await clock.settle()
  second.value.release()
  const { histograms } = pool.stats()
  expect(histograms?.connect).toMatchObject({ count: 1, min: expect.closeTo(40, 0) })
  expect(histograms?.wait).toMatchObject({ count: 2, max: expect.closeTo(100, 0) })
  expect(histograms?.lease).toMatchObject({ count: 2, min: expect.closeTo(0, 1), max: expect.closeTo(100, 0) })
  expect(testPool().pool.stats().histograms).toBeUndefined()
})

it('is a copy: it changes neither with the pool nor the pool', async () => {
  const { pool } = testPool()
  const before = pool.stats()
  ;(await pool.acquire()).destroy()
  expect(before).toMatchObject({ acquired: 0, closed: { destroyed: 0 } })
  Object.assign(before.closed, { destroyed: 99 })
  expect(pool.stats().closed.destroyed).toBe(1)
})

it('counts opens by what became of them', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { timeout: 100 }, close: { timeout: 50 } }, opens)
  for (let i = 0; i < 3; i++) follow(pool.acquire({ timeout: 90 }))
  opens.calls[0]?.succeed()
  opens.calls[1]?.fail()
  await clock.advance(200)
  opens.calls[2]?.succeed()
  await clock.settle()
  expect(pool.stats()).toMatchObject({
    opened: 1,
    abandoned: 1,
    late: 1,
    size: 1,
    closed: { 'connect-failed': 1, abandoned: 1 },
  })
})

it('shows snapshots of the connections that are not closed', async () => {
  const { pool, clock } = testPool()
  await clock.advance(5)
  const lease = await pool.acquire()
  const [before] = [...pool.connections()]
  expect(before).toEqual({
    id: 1,
    state: 'connected.leased',
    generation: 0,
    uses: 1,
    openedAt: 5,
    idleSince: undefined,
    leases: 1,
  })
  lease.destroy()
  expect(before?.state).toBe('connected.leased')
  expect([...pool.connections()]).toEqual([])
})
