import { describe, expect, it, vi } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, record, slowOpens, type TestPool, testPool } from '../../test/test-pool.js'
import type { CloseOptions } from './close.js'

const failure = new Error('shutting down')

function expectNothingLeft({ pool, clock }: TestPool): void {
  expect(clock.pending).toBe(0)
  expect([...pool.connections()]).toEqual([])
  expect(pool.stats()).toMatchObject({
    state: 'closed',
    size: 0,
    connecting: 0,
    connected: 0,
    idle: 0,
    closing: 0,
    leases: 0,
    waiting: 0,
  })
}

describe('close', () => {
  it('closes idle connections, waits for leases, and leaves nothing (invariants 6 and 7)', async () => {
    const made = testPool()
    const { pool, clock, adapter } = made
    const [held, other] = await Promise.all([pool.acquire(), pool.acquire()])
    other.release()
    const closing = follow(pool.close())
    await clock.advance(5_000)
    expect([closing.state, pool.stats().state, held.resource.open]).toEqual(['pending', 'closing', true])
    held.release()
    await clock.settle()
    expect(closing.state).toBe('fulfilled')
    expectNothingLeft(made)
    expect(adapter.resources.map(({ closes, destroys, signals }) => [closes, destroys, signals])).toEqual([
      [1, 0, undefined],
      [1, 0, undefined],
    ])
    expect(pool.stats().closed['pool-closed']).toBe(2)
  })

  it('rejects waiters now', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    await pool.acquire()
    const waiting = follow(pool.acquire())
    void pool.close()
    await Promise.resolve()
    await clock.settle()
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CLOSED', pool: 'test' })
    expect(pool.stats()).toMatchObject({ waiting: 0, rejected: 1 })
  })

  it("serves waiters until the deadline with waiters: 'serve', opening for them where need be", async () => {
    const made = testPool({ size: { max: 2 } }, (clock) => slowOpens(clock, 100))
    const { pool, clock } = made
    const first = follow(pool.acquire())
    await clock.advance(100)
    const waiting = [1, 2, 3].map(() => follow(pool.acquire()))
    const closing = follow(pool.close({ waiters: 'serve' }))
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await clock.advance(200)
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'pending', 'pending'])
    first.value.release()
    await clock.settle()
    waiting[0]?.value.release()
    await clock.settle()
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
    waiting[1]?.value.release()
    waiting[2]?.value.release()
    await clock.settle()
    expect(closing.state).toBe('fulfilled')
    expectNothingLeft(made)
  })

  it("rejects waiters that are still there at the deadline of waiters: 'serve'", async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    await pool.acquire()
    const waiting = follow(pool.acquire())
    const closing = follow(pool.close({ waiters: 'serve', timeout: 1_000 }))
    await clock.advance(999)
    expect(waiting.state).toBe('pending')
    await clock.advance(1)
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CLOSED' })
    expect(closing.state).toBe('fulfilled')
  })

  it('is over as soon as the last waiter has given up and the leases are back', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    const lease = await pool.acquire()
    follow(pool.acquire({ timeout: 100 }))
    const closing = follow(pool.close({ waiters: 'serve' }))
    await clock.advance(100)
    expect(closing.state).toBe('pending')
    lease.release()
    await clock.settle()
    expect(closing.state).toBe('fulfilled')
  })

  it('serves waiters of a paused pool as well', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } })
    pool.pause()
    const waiting = follow(pool.acquire())
    const closing = follow(pool.close({ waiters: 'serve' }))
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
    waiting.value.release()
    await clock.settle()
    expect(closing.state).toBe('fulfilled')
  })

  it('refuses an acquire made by the listener that hears of the last waiter served', async () => {
    const { pool, clock } = testPool({ size: { max: 2 } })
    const [first, second] = await Promise.all([pool.acquire(), pool.acquire()])
    const waiting = follow(pool.acquire())
    void pool.close({ waiters: 'serve' })
    const nested: ReturnType<typeof follow>[] = []
    pool.once('acquire', () => {
      second.release()
      expect(pool.tryAcquire()).toBeUndefined()
      nested.push(follow(pool.acquire()))
    })
    first.release()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
    expect(nested[0]?.error).toMatchObject({ code: 'ERR_POOL_CLOSED' })
  })

  it('revokes leases at its deadline and destroys their connections', async () => {
    const made = testPool()
    const { pool, clock } = made
    const lease = await pool.acquire()
    const { resource, signal } = lease
    const closing = follow(pool.close({ timeout: 2_000 }))
    await clock.advance(1_999)
    expect([closing.state, signal.aborted]).toEqual(['pending', false])
    await clock.advance(1)
    expect([closing.state, signal.aborted, resource.destroys]).toEqual(['fulfilled', true, 1])
    expectNothingLeft(made)
    lease.release()
    expectNothingLeft(made)
    expect(clock.pending).toBe(0)
  })

  it('has a deadline of 30 s by default', async () => {
    const { pool, clock } = testPool()
    await pool.acquire()
    const closing = follow(pool.close())
    await clock.advance(29_999)
    expect(closing.state).toBe('pending')
    await clock.advance(1)
    expect(closing.state).toBe('fulfilled')
  })

  it('returns the same promise when called again, and the earlier deadline wins', async () => {
    const { pool, clock } = testPool()
    await pool.acquire()
    const promise = pool.close({ timeout: 1_000 })
    expect(pool.close({ timeout: 60_000 })).toBe(promise)
    expect(pool.close({ timeout: 400 })).toBe(promise)
    expect(pool.close()).toBe(promise)
    const closing = follow(promise)
    await clock.advance(399)
    expect(closing.state).toBe('pending')
    await clock.advance(1)
    expect(closing.state).toBe('fulfilled')
    expect(pool.close()).toBe(promise)
    expect(pool.destroy()).toBe(promise)
  })

  it('does not wait for leases on connections that were lost', async () => {
    const { pool, clock } = testPool()
    const lease = await pool.acquire()
    lease.resource.lose()
    const closing = follow(pool.close())
    await clock.settle()
    expect(closing.state).toBe('fulfilled')
  })

  it('gives up opens, and ends what arrives late (invariant 6)', async () => {
    const opens = gatedOpens()
    const made = testPool({ close: { timeout: 500 } }, opens)
    const { pool, clock } = made
    follow(pool.acquire())
    follow(pool.acquire())
    const closing = follow(pool.close())
    expect(opens.calls.map(({ context }) => context.signal.aborted)).toEqual([true, true])
    const inTime = opens.calls[0]?.succeed()
    await clock.advance(499)
    expect([inTime?.closes, closing.state]).toEqual([1, 'pending'])
    await clock.advance(1)
    expect(closing.state).toBe('fulfilled')
    expectNothingLeft(made)
    const late = opens.calls[1]?.succeed()
    await clock.settle()
    expect(late).toMatchObject({ destroys: 1 })
    expect(pool.stats()).toMatchObject({ abandoned: 1, late: 1 })
    expectNothingLeft(made)
  })

  it('is over at once where nothing is open', async () => {
    const made = testPool({ size: { min: 2 } })
    await made.pool.close()
    await made.clock.advance(1_000)
    expect(made.adapter.resources).toEqual([])
    expectNothingLeft(made)
  })

  it('no longer restores size.min', async () => {
    const { pool, adapter } = testPool({ size: { min: 2 } })
    await pool.warm()
    await pool.close()
    expect(adapter.resources).toHaveLength(2)
    expect(adapter.openCount).toBe(0)
  })

  it('no longer restores size.min while it serves waiters', async () => {
    const { pool, clock, adapter } = testPool({ size: { min: 2, max: 2 } })
    const leases = await Promise.all([pool.acquire(), pool.acquire()])
    follow(pool.acquire())
    void pool.close({ waiters: 'serve' })
    leases[0]?.release()
    leases[1]?.destroy()
    await clock.settle()
    expect(adapter.resources).toHaveLength(2)
  })

  it('tells of the close once, when nothing is left', async () => {
    const { pool, clock } = testPool()
    const heard = record(pool, 'disconnect', 'close')
    const lease = await pool.acquire()
    void pool.close()
    await clock.settle()
    expect(heard).toEqual([])
    lease.release()
    await clock.settle()
    expect(heard.map(({ name }) => name)).toEqual(['disconnect', 'close'])
    expect(heard[1]?.event).toEqual({ pool: 'test' })
  })

  it('leaves a closed pool that refuses, and can be asked anything', async () => {
    const made = testPool()
    const { pool } = made
    await pool.close()
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await expect(pool.use(() => 1)).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    expect(pool.tryAcquire()).toBeUndefined()
    pool.pause()
    pool.resume()
    pool.flush()
    expectNothingLeft(made)
  })

  it.each<[unknown, string]>([
    [{ timeout: 0 }, 'close.timeout'],
    [{ waiters: 'drop' }, 'close.waiters'],
    [{ tiemout: 5 }, 'close.tiemout'],
  ])('rejects %o by name and goes on', async (options, option) => {
    const { pool } = testPool()
    await expect(async () => pool.close(options as CloseOptions)).rejects.toMatchObject({ option })
    expect(pool.stats().state).toBe('running')
  })

  it('is what await using does', async () => {
    const made = testPool()
    {
      await using pool = made.pool
      ;(await pool.acquire()).release()
    }
    expectNothingLeft(made)
  })
})

describe('destroy', () => {
  it('fails the waiters with the cause and ends everything now (invariants 6 and 7)', async () => {
    const opens = gatedOpens()
    const made = testPool({}, opens)
    const { pool, clock } = made
    const first = [follow(pool.acquire()), follow(pool.acquire())]
    const [leased, idle] = opens.calls.map((call) => call.succeed())
    await clock.settle()
    first[1]?.value.release()
    const waiting = follow(pool.acquire({ fresh: true }))
    const destroyed = follow(pool.destroy(failure))
    expectNothingLeft(made)
    await clock.settle()
    expect(destroyed.state).toBe('fulfilled')
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CLOSED', cause: failure })
    expect([leased, idle]).toMatchObject([
      { destroys: 1, closes: 0 },
      { destroys: 1, closes: 0 },
    ])
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED', cause: failure })
    const late = opens.calls[2]?.succeed()
    await clock.settle()
    expect(late?.destroys).toBe(1)
    expect(pool.stats()).toMatchObject({ abandoned: 1, late: 1, closed: { revoked: 1 } })
  })

  it('overtakes a close', async () => {
    const { pool, clock } = testPool()
    const lease = await pool.acquire()
    const { signal } = lease
    const promise = pool.close()
    expect(pool.destroy()).toBe(promise)
    await clock.settle()
    expect(follow(promise)).toBeDefined()
    expect([signal.aborted, pool.stats().state]).toEqual([true, 'closed'])
    await promise
  })

  it('cuts short closes in progress', async () => {
    const signals: AbortSignal[] = []
    const { pool, clock, adapter } = testPool(
      {},
      {
        close: (_, { signal }) => {
          signals.push(signal)
          return new Promise(() => {})
        },
      },
    )
    ;(await pool.acquire()).retire()
    await clock.settle()
    await pool.destroy()
    expect([signals[0]?.aborted, adapter.resources[0]?.destroys]).toEqual([true, 1])
  })

  it('cuts short checks and resets, their signals first', async () => {
    for (const call of ['check', 'reset'] as const) {
      const order: string[] = []
      const { pool, clock } = testPool(
        {},
        {
          [call]: (_: TestResource, { signal }: { signal: AbortSignal }) => {
            signal.addEventListener('abort', () => order.push('abort'))
            return new Promise<void>(() => {})
          },
          destroy: () => void order.push('destroy'),
        },
      )
      ;(await pool.acquire()).release()
      await clock.advance(1_000)
      pool.tryAcquire()
      await pool.destroy()
      expect(order, call).toEqual(['abort', 'destroy'])
    }
  })

  it('leaves no listener on the signals of waiters', async () => {
    const { pool } = testPool({ size: { max: 1 } })
    await pool.acquire()
    const { signal } = new AbortController()
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    follow(pool.acquire({ signal }))
    await pool.destroy()
    expect([added.mock.calls.length, removed.mock.calls.length]).toEqual([1, 1])
  })

  it('ends connections whose adapter throws at every call (invariant 12)', async () => {
    const thrower = (): never => {
      throw failure
    }
    const made = testPool(
      {},
      {
        open: ({ connectionId }) => new TestResource(connectionId),
        close: thrower,
        destroy: thrower,
        watch: () => thrower,
        setRef: thrower,
        reset: thrower,
      },
    )
    const { pool, clock } = made
    const errors = record(pool, 'error')
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
    leases[0]?.release()
    leases[1]?.retire()
    await clock.settle()
    await pool.destroy()
    expectNothingLeft(made)
    expect(new Set(errors.map(({ event }) => event.source))).toEqual(new Set(['close', 'destroy', 'unwatch']))
  })
})
