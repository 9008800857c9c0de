import { describe, expect, it } from 'vitest'
import { deferred } from '../../test/test-adapter.js'
import { follow, record, testPool } from '../../test/test-pool.js'

const dirty = new Error('still in a transaction')

it('hands a connection that comes back straight to the next waiter', async () => {
  const { pool } = testPool({ size: { max: 1 } })
  const transitions = record(pool, 'transition')
  const lease = await pool.acquire()
  const waiting = follow(pool.acquire())
  transitions.length = 0
  lease.release()
  await Promise.resolve()
  expect(waiting.value.resource).toBeDefined()
  expect(waiting.value.reused).toBe(true)
  expect(transitions).toEqual([])
})

it('says how long a lease was held', async () => {
  const { pool, clock } = testPool()
  const heard = record(pool, 'release')
  const lease = await pool.acquire()
  await clock.advance(120)
  lease.release()
  expect(heard.map(({ event }) => event)).toEqual([{ pool: 'test', connection: lease.connection, held: 120 }])
})

describe('reset', () => {
  it('runs between leases, and not after the open', async () => {
    const resets: number[] = []
    const { pool, clock } = testPool({ size: { max: 1 } }, { reset: async ({ id }) => void resets.push(id) })
    const lease = await pool.acquire()
    expect(resets).toEqual([])
    lease.release()
    expect(resets).toEqual([1])
    await clock.settle()
    expect(pool.stats().idle).toBe(1)
  })

  it('lends to nobody meanwhile (invariant 1), and serves the next waiter when it passed', async () => {
    const reset = deferred<void>()
    const { pool, clock } = testPool({ size: { max: 1 } }, { reset: () => reset.promise })
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire())
    lease.release()
    await clock.settle()
    expect([...pool.connections()][0]).toMatchObject({ state: 'connected.resetting', leases: 0 })
    expect([waiting.state, pool.tryAcquire()]).toEqual(['pending', undefined])
    reset.resolve()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
    expect(waiting.value.connection.id).toBe(1)
  })

  it('may be synchronous', async () => {
    const { pool } = testPool({}, { reset: () => {} })
    ;(await pool.acquire()).release()
    expect(pool.tryAcquire()).toBeDefined()
  })

  it.each(['rejects', 'throws'] as const)(
    'that %s closes the connection, which is never lent again (invariant 8)',
    async (how) => {
      const { pool, clock, adapter } = testPool(
        { size: { max: 1 } },
        {
          reset: () => {
            if (how === 'throws') throw dirty
            return Promise.reject(dirty)
          },
        },
      )
      const disconnects = record(pool, 'disconnect')
      const lease = await pool.acquire()
      const waiting = follow(pool.acquire())
      lease.release()
      await clock.settle()
      expect(waiting.value.connection.id).toBe(2)
      expect(disconnects[0]?.event).toMatchObject({ reason: 'reset-failed', error: dirty })
      expect(adapter.resources[0]).toMatchObject({ closes: 1, destroys: 0 })
    },
  )

  it('that takes longer than release.timeout is aborted, and its connection destroyed', async () => {
    let signal: AbortSignal | undefined
    let timeout = 0
    const { pool, clock, adapter } = testPool(
      { size: { max: 1 }, release: { timeout: 400 } },
      {
        reset: (_, context) => {
          ;({ signal, timeout } = context)
          return new Promise(() => {})
        },
      },
    )
    ;(await pool.acquire()).release()
    await clock.advance(399)
    expect([timeout, signal?.aborted, pool.stats().connected]).toEqual([400, false, 1])
    await clock.advance(1)
    expect(signal?.aborted).toBe(true)
    expect(adapter.resources[0]).toMatchObject({ closes: 0, destroys: 1 })
    expect(pool.stats().closed['reset-failed']).toBe(1)
  })

  it('is not made for a connection that is not kept', async () => {
    const resets: number[] = []
    const { pool, clock } = testPool({ lifetime: { maxUses: 2 } }, { reset: ({ id }) => void resets.push(id) })
    ;(await pool.acquire()).release()
    ;(await pool.acquire()).release()
    ;(await pool.acquire()).retire()
    const flushed = await pool.acquire()
    pool.flush()
    flushed.release()
    ;(await pool.acquire()).destroy()
    await clock.settle()
    expect(resets).toEqual([1])
  })

  it('that settles after its connection has ended changes nothing (invariant 12)', async () => {
    const reset = deferred<void>()
    const { pool, clock, adapter } = testPool({}, { reset: () => reset.promise })
    ;(await pool.acquire()).release()
    adapter.resources[0]?.lose()
    expect(pool.stats().size).toBe(0)
    reset.resolve()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ size: 0, idle: 0, closed: { lost: 1 } })
    expect(adapter.resources[0]?.destroys).toBe(1)
  })
})
