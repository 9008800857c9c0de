import { describe, expect, it } from 'vitest'
import { follow, gatedOpens, record, slowOpens, testPool } from '../../test/test-pool.js'
import type { PoolOptions } from '../pool/pool-options.js'
import type { AcquireOptions } from './acquire-options.js'

/** A pool of one connection, which is leased, and a way to line up behind it and see who is served when. */
async function oneBusy(options: PoolOptions = {}) {
  const { pool, clock, adapter } = testPool({ size: { max: 1 }, ...options })
  const lease = await pool.acquire()
  const served: string[] = []
  const ask = (name: string, asked: AcquireOptions = {}) =>
    void pool.acquire(asked).then(
      (next) => {
        served.push(name)
        next.release()
      },
      (error) => served.push(`${name}: ${error.code}`),
    )
  return { pool, clock, adapter, lease, served, ask }
}

it('serves a higher priority first, and within one in the order of coming (invariant 5)', async () => {
  const { lease, served, ask, clock } = await oneBusy()
  ask('plain 1')
  ask('low 1', { priority: -1 })
  ask('high 1', { priority: 2.5 })
  ask('zero 1', { priority: 0 })
  ask('high 2', { priority: 2.5 })
  ask('plain 2')
  lease.release()
  await clock.settle()
  expect(served).toEqual(['high 1', 'high 2', 'plain 1', 'zero 1', 'plain 2', 'low 1'])
})

it('gives the lowest class every 8th grant that passes over it, so that it does not starve (invariant 5)', async () => {
  const { lease, served, ask, clock } = await oneBusy()
  for (let i = 0; i < 4; i++) ask(`low ${i}`)
  for (let i = 0; i < 30; i++) ask(`high ${i}`, { priority: 1 })
  lease.release()
  await clock.settle()
  const turns = served.flatMap((name, i) => (name.startsWith('low') ? [[i + 1, name]] : []))
  expect(turns).toEqual([
    [8, 'low 0'],
    [16, 'low 1'],
    [24, 'low 2'],
    [32, 'low 3'],
  ])
})

it('serves every class while higher ones never run out (invariant 5)', async () => {
  const { pool, clock, lease } = await oneBusy({ acquire: { timeout: Number.POSITIVE_INFINITY } })
  const served = { high: 0, middle: 0, low: 0 }
  // Who has been served asks again at once: the classes never empty.
  const keepAsking = (name: keyof typeof served, priority: number): void =>
    void pool.acquire({ priority }).then((next) => {
      served[name]++
      keepAsking(name, priority)
      clock.setTimeout(() => next.release(), 1)
    })
  for (let i = 0; i < 3; i++) {
    keepAsking('high', 2)
    keepAsking('middle', 1)
    keepAsking('low', 0)
  }
  lease.release()
  await clock.advance(640)
  expect(served.low).toBeGreaterThanOrEqual(60)
  expect(served.middle).toBeGreaterThanOrEqual(8)
  expect(served.high).toBeGreaterThan(500)
})

it('is granted an idle connection at once, however low its priority', async () => {
  const { pool } = testPool()
  ;(await pool.acquire()).release()
  expect((await pool.acquire({ priority: -100 })).reused).toBe(true)
})

it("serves the latest of the highest class first with acquire.order 'lifo', but the oldest in the lowest's turn", async () => {
  const { lease, served, ask, clock } = await oneBusy({ acquire: { order: 'lifo' } })
  for (let i = 0; i < 3; i++) ask(`low ${i}`)
  for (let i = 0; i < 9; i++) ask(`high ${i}`, { priority: 1 })
  lease.release()
  await clock.settle()
  expect(served.slice(0, 3)).toEqual(['high 8', 'high 7', 'high 6'])
  expect(served[7]).toBe('low 0')
  expect(served.slice(-2)).toEqual(['low 2', 'low 1'])
})

it('leaves the order of the others alone when waiters give up, abort or time out in the midst of a class', async () => {
  const { lease, served, ask, clock } = await oneBusy()
  const controller = new AbortController()
  ask('high 1', { priority: 1 })
  ask('high 2', { priority: 1, signal: controller.signal })
  ask('high 3', { priority: 1, timeout: 5 })
  ask('high 4', { priority: 1 })
  ask('top', { priority: 2, signal: controller.signal })
  ask('low')
  await clock.advance(5)
  controller.abort()
  lease.release()
  await clock.settle()
  expect(served).toEqual([
    'high 3: ERR_POOL_ACQUIRE_TIMEOUT',
    'high 2: ERR_POOL_ACQUIRE_ABORTED',
    'top: ERR_POOL_ACQUIRE_ABORTED',
    'high 1',
    'high 4',
    'low',
  ])
})

it('rejects each at its own deadline or the pool’s, whatever its priority (invariant 3)', async () => {
  const { served, ask, clock } = await oneBusy({ acquire: { timeout: 100 } })
  ask('low', { priority: -5 })
  ask('plain')
  ask('high', { priority: 5, timeout: 50 })
  ask('higher', { priority: 6, timeout: 150 })
  await clock.advance(50)
  expect(served).toEqual(['high: ERR_POOL_ACQUIRE_TIMEOUT'])
  await clock.advance(50)
  expect(served.slice(1)).toEqual(['low: ERR_POOL_ACQUIRE_TIMEOUT', 'plain: ERR_POOL_ACQUIRE_TIMEOUT'])
  await clock.advance(50)
  expect(served).toHaveLength(4)
})

it('serves first an acquire of a higher priority that an acquire listener makes while others wait', async () => {
  const { pool, lease, served, ask, clock } = await oneBusy()
  ask('first')
  ask('second')
  pool.once('acquire', () => ask('urgent', { priority: 1 }))
  lease.release()
  await clock.settle()
  expect(served).toEqual(['first', 'urgent', 'second'])
})

it('is not overtaken by a tryAcquire of a listener, however low its priority', async () => {
  const { pool, lease, served, ask, clock } = await oneBusy()
  ask('low', { priority: -3 })
  const taken: unknown[] = []
  pool.on('release', () => taken.push(pool.tryAcquire()))
  lease.release()
  expect(taken).toEqual([undefined])
  pool.removeAllListeners()
  await clock.settle()
  expect(served).toEqual(['low'])
})

it.each([
  ['a pause', (pool: Awaited<ReturnType<typeof oneBusy>>['pool']) => pool.pause()],
  ['a flush', (pool: Awaited<ReturnType<typeof oneBusy>>['pool']) => pool.flush({ leased: 'now' })],
  ['a close that serves', (pool: Awaited<ReturnType<typeof oneBusy>>['pool']) => void pool.close({ waiters: 'serve' })],
])('keeps the order through %s', async (_, disturb) => {
  const { pool, lease, served, ask, clock } = await oneBusy()
  ask('plain')
  ask('low', { priority: -1 })
  ask('high', { priority: 1 })
  disturb(pool)
  pool.resume()
  await clock.settle()
  lease.release()
  await clock.settle()
  expect(served).toEqual(['high', 'plain', 'low'])
})

it('hands the connection that arrives to the highest priority, not to whom it was opened for', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ size: { max: 1 } }, opens)
  const first = follow(pool.acquire())
  const urgent = follow(pool.acquire({ priority: 1 }))
  opens.calls[0]?.succeed()
  await clock.settle()
  expect([first.state, urgent.state]).toEqual(['pending', 'fulfilled'])
})

it('counts every class in acquire.maxWaiting: a full queue refuses a higher priority too, at once', async () => {
  const { pool, ask } = await oneBusy({ acquire: { maxWaiting: 1 } })
  ask('low', { priority: -1 })
  await expect(pool.acquire({ priority: 9 })).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL', waiting: 1 })
})

it.each([Number.NaN, Number.POSITIVE_INFINITY, '1', null, {}])('rejects the priority %s', async (priority) => {
  const { pool } = testPool()
  const outcome = follow(pool.acquire({ priority } as AcquireOptions))
  await Promise.resolve()
  expect(outcome.error).toMatchObject({ code: 'ERR_POOL_INVALID_OPTION', option: 'acquire.priority' })
})

it('takes an undefined priority for 0', async () => {
  const { lease, served, ask, clock } = await oneBusy()
  ask('one', { priority: undefined } as unknown as AcquireOptions)
  ask('minus', { priority: -0.5 })
  ask('two', { priority: 0 })
  lease.release()
  await clock.settle()
  expect(served).toEqual(['one', 'two', 'minus'])
})

it('takes −0 and 0 for one class', async () => {
  const { lease, served, ask, clock } = await oneBusy()
  ask('one', { priority: 0 })
  ask('two', { priority: -0 })
  ask('three')
  lease.release()
  await clock.settle()
  expect(served).toEqual(['one', 'two', 'three'])
})

describe('with fresh', () => {
  it('serves a fresh acquire of a higher priority before ordinary ones that came earlier', async () => {
    const { pool, lease, served, ask, clock } = await oneBusy()
    const disconnects = record(pool, 'disconnect')
    for (let i = 0; i < 5; i++) ask(`plain ${i}`)
    ask('fresh', { priority: 1, fresh: true })
    lease.release()
    await clock.settle()
    expect(served).toEqual(['fresh', 'plain 0', 'plain 1', 'plain 2', 'plain 3', 'plain 4'])
    expect(disconnects.map(({ event }) => event.reason)).toEqual(['surplus'])
  })

  it('serves an ordinary acquire of a higher priority at once, though a fresh one that came earlier wants room', async () => {
    const { pool, clock, lease } = await oneBusy()
    const fresh = follow(pool.acquire({ fresh: true }))
    const urgent = follow(pool.acquire({ priority: 1 }))
    lease.release()
    await clock.settle()
    expect([urgent.state, fresh.state]).toEqual(['fulfilled', 'pending'])
    expect(urgent.value.connection.id).toBe(1)
    urgent.value.release()
    await clock.settle()
    expect(fresh.value.connection.id).toBe(2)
  })

  it('serves a fresh acquire in the end, while higher priorities never run out (invariant 5)', async () => {
    const { pool, clock, lease } = await oneBusy({ acquire: { timeout: Number.POSITIVE_INFINITY } })
    const keepAsking = (): void =>
      void pool.acquire({ priority: 1 }).then((next) => {
        keepAsking()
        clock.setTimeout(() => next.release(), 1)
      })
    for (let i = 0; i < 3; i++) keepAsking()
    const fresh = follow(pool.acquire({ fresh: true }))
    lease.release()
    await clock.advance(200)
    expect(fresh.state).toBe('fulfilled')
  })
})

it('opens for waiters of all classes alike', async () => {
  const { pool, clock } = testPool({ size: { max: 3 } }, (clock) => slowOpens(clock, 10))
  const all = [pool.acquire(), pool.acquire({ priority: 1 }), pool.acquire({ priority: -1 })].map(follow)
  expect(pool.stats().connecting).toBe(3)
  await clock.advance(10)
  expect(all.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
})
