import { expect, it, vi } from 'vitest'
import { follow, gatedOpens, record, testPool } from '../../test/test-pool.js'
import type { FlushOptions } from './flush.js'

it('begins a new generation and closes idle connections gracefully now', async () => {
  const { pool, clock, adapter } = testPool()
  const heard = record(pool, 'flush', 'disconnect')
  const leases = await Promise.all([pool.acquire(), pool.acquire()])
  for (const lease of leases) lease.release()
  pool.flush()
  await clock.settle()
  expect(heard.map(({ name, event }) => [name, 'reason' in event ? event.reason : undefined])).toEqual([
    ['flush', undefined],
    ['disconnect', 'stale'],
    ['disconnect', 'stale'],
  ])
  expect(heard[0]?.event).toEqual({ pool: 'test', generation: 1, leased: 'on-release' })
  expect(adapter.resources.map(({ closes, destroys }) => [closes, destroys])).toEqual([
    [1, 0],
    [1, 0],
  ])
  expect(pool.stats()).toMatchObject({ generation: 1, size: 0, closed: { stale: 2 } })
  expect((await pool.acquire()).connection.generation).toBe(1)
})

it('closes leased connections on release, and never lends them again (invariant 8)', async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const waiting = follow(pool.acquire())
  pool.flush()
  await clock.settle()
  expect([lease.resource.open, lease.signal.aborted, waiting.state]).toEqual([true, false, 'pending'])
  lease.release()
  await clock.settle()
  expect(waiting.value.connection).toMatchObject({ id: 2, generation: 1 })
})

it("takes leased connections away at once with leased: 'now'", async () => {
  const { pool, clock } = testPool({ size: { max: 1 } })
  const lease = await pool.acquire()
  const { resource, signal } = lease
  const waiting = follow(pool.acquire())
  pool.flush({ leased: 'now' })
  expect([resource.destroys, signal.aborted]).toEqual([1, true])
  await clock.settle()
  expect(waiting.value.connection.id).toBe(2)
  lease.release()
  expect(pool.stats()).toMatchObject({ leases: 1, closed: { stale: 1 } })
})

it('closes a connection that is opening when it arrives, and reopens its demand', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ size: { max: 1 } }, opens)
  const waiting = follow(pool.acquire())
  pool.flush()
  expect(opens.calls[0]?.context.signal.aborted).toBe(true)
  const stale = opens.calls[0]?.succeed()
  await clock.settle()
  expect(stale).toMatchObject({ closes: 1, signals: undefined })
  expect(opens.calls).toHaveLength(2)
  const fresh = opens.calls[1]?.succeed()
  await clock.settle()
  expect(waiting.value.resource).toBe(fresh)
  expect(pool.stats().closed.stale).toBe(1)
})

it('reopens the demand at once where there is room for another open', () => {
  const opens = gatedOpens()
  const { pool } = testPool({ size: { max: 2 } }, opens)
  follow(pool.acquire())
  pool.flush()
  expect(opens.calls).toHaveLength(2)
  expect(pool.stats()).toMatchObject({ connecting: 1, closing: 1, waiting: 1 })
})

it('rejects no waiter, also when the flushed open fails', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ size: { max: 1 } }, opens)
  const waiting = follow(pool.acquire())
  pool.flush()
  opens.calls[0]?.fail()
  await clock.settle()
  expect(waiting.state).toBe('pending')
  opens.calls[1]?.succeed()
  await clock.settle()
  expect(waiting.state).toBe('fulfilled')
})

it('ends a connection that is being checked or reset', async () => {
  for (const call of ['check', 'reset'] as const) {
    const aborted = vi.fn()
    const { pool, clock } = testPool(
      {},
      {
        [call]: (_: unknown, { signal }: { signal: AbortSignal }) => {
          signal.addEventListener('abort', aborted)
          return new Promise<void>(() => {})
        },
      },
    )
    ;(await pool.acquire()).release()
    await clock.advance(1_000)
    pool.tryAcquire()
    pool.flush()
    await clock.settle()
    expect(aborted, call).toHaveBeenCalledTimes(1)
    expect(pool.stats(), call).toMatchObject({ size: 0, closed: { stale: 1 } })
  }
})

it('restores size.min in the new generation', async () => {
  const { pool, clock } = testPool({ size: { min: 2 } })
  await clock.settle()
  pool.flush()
  await clock.settle()
  expect([...pool.connections()].map(({ generation, state }) => [generation, state])).toEqual([
    [1, 'idle.ready'],
    [1, 'idle.ready'],
  ])
})

it('keeps the first reason of a connection that was on its way out', async () => {
  const { pool, clock } = testPool({ lifetime: { maxAge: 100, jitter: 0 } })
  const lease = await pool.acquire()
  await clock.advance(100)
  pool.flush()
  lease.release()
  await clock.settle()
  expect(pool.stats().closed).toMatchObject({ age: 1, stale: 0 })
})

it('refuses an unknown way by name, and does nothing once closed', async () => {
  const { pool } = testPool()
  expect(() => pool.flush({ leased: 'later' } as unknown as FlushOptions)).toThrow(
    expect.objectContaining({ option: 'flush.leased' }),
  )
  await pool.close()
  pool.flush()
  expect(pool.stats().generation).toBe(0)
})
