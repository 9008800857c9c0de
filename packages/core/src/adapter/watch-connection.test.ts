import { describe, expect, it, vi } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, record, testPool } from '../../test/test-pool.js'
import type { WatchSignals } from './adapter.js'

const gone = new Error('ECONNRESET')

/** Keeps the signals after unwatch: adapters may call them late. */
function keepingSignals() {
  const signals: WatchSignals[] = []
  const unwatch = vi.fn()
  const watch = (_: TestResource, given: WatchSignals) => {
    signals.push(given)
    return unwatch
  }
  return { signals, unwatch, watch }
}

it('watches a connection from its open to its end, however it ends (invariant 7)', async () => {
  for (const end of ['retire', 'destroy', 'detach'] as const) {
    const { watch, unwatch } = keepingSignals()
    const { pool, clock } = testPool({}, { watch })
    const lease = await pool.acquire()
    expect(unwatch).not.toHaveBeenCalled()
    lease[end]()
    await clock.settle()
    expect(unwatch, end).toHaveBeenCalledTimes(1)
  }
})

describe('lost', () => {
  it('ends an idle connection, which is lent to nobody again (invariant 8)', async () => {
    const { pool, adapter } = testPool()
    const disconnects = record(pool, 'disconnect')
    ;(await pool.acquire()).release()
    adapter.resources[0]?.lose(gone)
    expect(disconnects[0]?.event).toMatchObject({ reason: 'lost', error: gone })
    expect(pool.stats()).toMatchObject({ size: 0, closed: { lost: 1 } })
    expect(pool.tryAcquire()).toBeUndefined()
    expect(adapter.resources[0]?.destroys).toBe(1)
  })

  it('ends a connection while it is being watched for the first time', async () => {
    let first = true
    const unwatch = vi.fn()
    const { pool, clock } = testPool(
      {},
      {
        watch: (_, { lost }) => {
          if (first) lost(gone)
          first = false
          return unwatch
        },
      },
    )
    const waiting = follow(pool.acquire())
    await clock.advance(200)
    expect(waiting.value.connection.id).toBe(2)
    expect(unwatch).toHaveBeenCalledTimes(1)
    expect(pool.stats()).toMatchObject({ size: 1, closed: { lost: 1 } })
  })

  it.each<[string, (pool: ReturnType<typeof testPool>) => Promise<void>]>([
    [
      'checking',
      async ({ pool, clock }) => {
        ;(await pool.acquire()).release()
        await clock.advance(1_000)
        pool.tryAcquire()
      },
    ],
    [
      'resetting',
      async ({ pool }) => {
        ;(await pool.acquire()).release()
      },
    ],
    [
      'leaving',
      async ({ pool }) => {
        await pool.acquire()
        pool.flush()
      },
    ],
  ])('ends a connection that is %s, and aborts the call in progress', async (state, reach) => {
    const { signals, watch, unwatch } = keepingSignals()
    const aborted: string[] = []
    const never = (_: TestResource, { signal }: { signal: AbortSignal }) => {
      signal.addEventListener('abort', () => aborted.push(state))
      return new Promise<void>(() => {})
    }
    const made = testPool({}, { watch, check: never, ...(state === 'resetting' ? { reset: never } : {}) })
    await reach(made)
    expect([...made.pool.connections()][0]?.state).toContain(state)
    signals[0]?.lost(gone)
    expect(made.pool.stats()).toMatchObject({ size: 0, leases: 0 })
    expect(unwatch).toHaveBeenCalledTimes(1)
    expect(aborted).toEqual(state === 'leaving' ? [] : [state])
  })

  it('may be said twice, after unwatch, and of a connection that is closing anyway (invariant 12)', async () => {
    const { signals, watch } = keepingSignals()
    const { pool, clock } = testPool({}, { watch, close: () => new Promise(() => {}) })
    const heard = record(pool, 'disconnect', 'error')
    ;(await pool.acquire()).release()
    signals[0]?.lost(gone)
    signals[0]?.lost(gone)
    signals[0]?.retire()
    ;(await pool.acquire()).retire()
    signals[1]?.lost(gone)
    expect(pool.stats()).toMatchObject({ size: 1, closing: 1 })
    await clock.advance(5_000)
    signals[1]?.lost(gone)
    signals[1]?.capacityChanged()
    expect(heard.map(({ name }) => name)).toEqual(['disconnect', 'disconnect'])
    expect(pool.stats().size).toBe(0)
  })
})

describe('retire', () => {
  it('closes an idle connection gracefully, and says why in retire', async () => {
    const { signals, watch } = keepingSignals()
    const { pool, clock, adapter } = testPool({}, { watch })
    const retires = record(pool, 'retire')
    ;(await pool.acquire()).release()
    signals[0]?.retire('GOAWAY')
    await clock.settle()
    expect(retires[0]?.event).toMatchObject({ reason: 'retired', detail: 'GOAWAY' })
    expect(adapter.resources[0]).toMatchObject({ closes: 1, destroys: 0 })
  })

  it('lets a borrower finish', async () => {
    const { signals, watch } = keepingSignals()
    const { pool, clock } = testPool({}, { watch })
    const lease = await pool.acquire()
    const { resource } = lease
    signals[0]?.retire()
    signals[0]?.retire()
    await clock.settle()
    expect([resource.closes, lease.signal.aborted]).toEqual([0, false])
    lease.release()
    await clock.settle()
    expect(resource.closes).toBe(1)
  })

  it('replaces at once what was open for long and never lent: that is no failed open', async () => {
    const { signals, watch } = keepingSignals()
    const { pool, clock } = testPool({ size: { min: 1 } }, { watch })
    await clock.advance(10_000)
    signals[0]?.retire()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ size: 1, opened: 2 })
  })

  it('closes a connection that the adapter retires while its watch is being set up, and frees its room', async () => {
    let first = true
    const unwatch = vi.fn()
    const { pool, clock, adapter } = testPool(
      { size: { max: 1 } },
      {
        watch: (_, { retire }) => {
          if (first) retire()
          first = false
          return unwatch
        },
      },
    )
    const waiting = follow(pool.acquire())
    await clock.advance(200)
    expect(waiting.value?.connection.id).toBe(2)
    expect(adapter.resources[0]).toMatchObject({ closes: 1, destroys: 0 })
    expect(unwatch).toHaveBeenCalledTimes(1)
  })
})

it('reports a watch and an unwatch that throw, and keeps the connection', async () => {
  const { pool, clock } = testPool(
    {},
    {
      watch: ({ id }) => {
        if (id === 1) throw gone
        return () => {
          throw gone
        }
      },
    },
  )
  const errors = record(pool, 'error')
  const [first, second] = await Promise.all([pool.acquire(), pool.acquire()])
  expect(first.resource.open).toBe(true)
  second.retire()
  await clock.settle()
  expect(errors.map(({ event }) => event.source)).toEqual(['watch', 'unwatch'])
  expect(pool.stats().size).toBe(1)
})

it('takes a watch that returns nothing to call', async () => {
  const { pool } = testPool({}, { watch: () => undefined as unknown as () => void })
  const errors = record(pool, 'error')
  ;(await pool.acquire()).destroy()
  expect(errors).toEqual([])
})

it('does not watch what arrives after it was given up', async () => {
  const { signals, watch } = keepingSignals()
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { timeout: 100 } }, { ...opens, watch })
  follow(pool.acquire())
  await clock.advance(150)
  opens.calls[0]?.succeed()
  await clock.settle()
  expect(signals).toHaveLength(0)
})

it('lets an idle resource not hold the process, and a leased one hold it, by setRef', async () => {
  const held: boolean[] = []
  const { pool } = testPool({}, { setRef: (_, keepAlive) => void held.push(keepAlive) })
  const lease = await pool.acquire()
  expect(held).toEqual([])
  lease.release()
  expect(held).toEqual([false])
  await pool.acquire()
  expect(held).toEqual([false, true])
})

it('reports a setRef that throws, and lends all the same', async () => {
  const { pool } = testPool(
    {},
    {
      setRef: () => {
        throw gone
      },
    },
  )
  const errors = record(pool, 'error')
  ;(await pool.acquire()).release()
  await pool.acquire()
  expect(errors.map(({ event }) => event.source)).toEqual(['set-ref', 'set-ref'])
})

it('opens what is needed again when all connections are lost at the same time', async () => {
  const { pool, clock, adapter } = testPool({ size: { max: 3 } })
  const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
  const waiting = [1, 2].map(() => follow(pool.acquire()))
  for (const resource of [...adapter.resources]) resource.lose()
  await clock.settle()
  expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled'])
  for (const lease of leases) lease.release()
  expect(pool.stats()).toMatchObject({ size: 2, leases: 2 })
  expect(adapter.resources.slice(0, 3).every((resource) => resource instanceof TestResource && !resource.open)).toBe(
    true,
  )
})
