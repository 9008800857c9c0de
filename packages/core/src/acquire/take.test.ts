import { describe, expect, it } from 'vitest'
import { deferred } from '../../test/test-adapter.js'
import { follow, record, slowOpens, type TestPool, testPool } from '../../test/test-pool.js'

/** A pool whose checks are answered by the test; `open` connections idle, parked 10 ms apart. */
async function checkedPool(open: number, options: Parameters<typeof testPool>[0] = {}) {
  const checks: { id: number; pass: () => void; fail: (error: Error) => void; signal: AbortSignal }[] = []
  const made = testPool({ size: { max: open }, ...options }, (clock) => ({
    ...slowOpens(clock, 1),
    check: ({ id }, { signal }) => {
      const { promise, resolve, reject } = deferred<void>()
      checks.push({ id, pass: () => resolve(), fail: reject, signal })
      return promise
    },
  }))
  const outcomes = Array.from({ length: open }, () => follow(made.pool.acquire()))
  await made.clock.advance(1)
  for (const { value } of outcomes) {
    await made.clock.advance(10)
    value.release()
  }
  return { ...made, checks }
}

describe('before an idle connection is lent', () => {
  it('is lent unchecked when it was used within health.after', async () => {
    const { pool, clock, checks } = await checkedPool(1)
    await clock.advance(500)
    await pool.acquire()
    expect(checks).toHaveLength(0)
  })

  it('is checked when it was unused for longer, and lent when that passes', async () => {
    const { pool, clock, checks } = await checkedPool(1)
    await clock.advance(501)
    const waiting = follow(pool.acquire())
    await clock.settle()
    expect([checks.length, waiting.state]).toEqual([1, 'pending'])
    expect([...pool.connections()][0]?.state).toBe('idle.checking')
    expect(pool.tryAcquire()).toBeUndefined()
    checks[0]?.pass()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })

  it('is not checked again within health.after of a check that passed', async () => {
    const { pool, clock, checks } = await checkedPool(1)
    await clock.advance(1_000)
    const controller = new AbortController()
    follow(pool.acquire({ signal: controller.signal }))
    controller.abort()
    checks[0]?.pass()
    await clock.advance(400)
    await pool.acquire()
    expect(checks).toHaveLength(1)
  })

  it('is never lent again when its check fails, and another one serves the waiter (invariant 8)', async () => {
    const { pool, clock, checks } = await checkedPool(1, { size: { max: 1 } })
    const disconnects = record(pool, 'disconnect')
    await clock.advance(1_000)
    const waiting = follow(pool.acquire())
    const failure = new Error('no answer')
    checks[0]?.fail(failure)
    await clock.advance(1)
    expect(waiting.value.connection.id).toBe(2)
    expect(disconnects[0]?.event).toMatchObject({ reason: 'unhealthy', error: failure, uses: 1 })
  })

  it('is destroyed when its check takes longer than health.timeout', async () => {
    const { pool, clock, checks } = await checkedPool(1, { size: { max: 1 }, health: { timeout: 300 } })
    await clock.advance(1_000)
    const waiting = follow(pool.acquire())
    await clock.advance(299)
    expect(waiting.state).toBe('pending')
    expect(checks[0]?.signal.aborted).toBe(false)
    await clock.advance(2)
    expect(checks[0]?.signal.aborted).toBe(true)
    expect(waiting.value.connection.id).toBe(2)
    expect(pool.stats().closed.unhealthy).toBe(1)
  })

  it('is checked for nobody in particular: the first connection that is free serves the oldest waiter', async () => {
    const { pool, clock, checks } = await checkedPool(2)
    const held = await pool.acquire()
    await clock.advance(1_000)
    const oldest = follow(pool.acquire())
    const next = follow(pool.acquire())
    await clock.settle()
    expect(checks).toHaveLength(1)
    held.release()
    await clock.settle()
    expect([oldest.state, next.state]).toEqual(['fulfilled', 'pending'])
    checks[0]?.pass()
    await clock.settle()
    expect(next.state).toBe('fulfilled')
  })

  it('is kept ready when its check passes for a waiter that is gone', async () => {
    const { pool, clock, checks } = await checkedPool(1)
    await clock.advance(1_000)
    const waiting = follow(pool.acquire({ timeout: 50 }))
    await clock.advance(50)
    expect(waiting.state).toBe('rejected')
    checks[0]?.pass()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ idle: 1, leases: 0 })
    expect(pool.tryAcquire()).toBeDefined()
  })

  it('has no more checks running than there are waiters', async () => {
    const { pool, clock, checks } = await checkedPool(5)
    await clock.advance(1_000)
    follow(pool.acquire())
    follow(pool.acquire())
    expect(checks).toHaveLength(2)
  })

  it('is checked by a tryAcquire that finds no other, so that a later one finds it', async () => {
    const { pool, clock, checks } = await checkedPool(1)
    await clock.advance(1_000)
    expect(pool.tryAcquire()).toBeUndefined()
    expect(checks).toHaveLength(1)
    checks[0]?.pass()
    await clock.settle()
    expect(pool.tryAcquire()).toBeDefined()
  })

  it('is lent unchecked with health.onAcquire off', async () => {
    const { pool, clock, checks } = await checkedPool(1, { health: { onAcquire: false } })
    await clock.advance(10_000)
    expect(pool.tryAcquire()).toBeDefined()
    expect(checks).toHaveLength(0)
  })
})

describe('idle.reuse', () => {
  async function three(reuse: 'lifo' | 'fifo' | 'random', random = 0.5): Promise<TestPool> {
    const made = testPool({ size: { min: 3 }, idle: { reuse }, random: () => random })
    await made.clock.settle()
    const leases = await Promise.all([made.pool.acquire(), made.pool.acquire(), made.pool.acquire()])
    for (const lease of leases.sort((a, b) => a.connection.id - b.connection.id)) {
      await made.clock.advance(10)
      lease.release()
    }
    return made
  }

  it("lends the last used with 'lifo'", async () => {
    const { pool } = await three('lifo')
    expect([1, 2, 3].map(() => pool.tryAcquire()?.connection.id)).toEqual([3, 2, 1])
  })

  it("lends the longest idle with 'fifo'", async () => {
    const { pool } = await three('fifo')
    expect([1, 2, 3].map(() => pool.tryAcquire()?.connection.id)).toEqual([1, 2, 3])
  })

  it("lends any with 'random', as the pool's chance has it", async () => {
    const firsts = await Promise.all(
      [0, 0.4, 0.99].map(async (r) => (await three('random', r)).pool.tryAcquire()?.connection.id),
    )
    expect(firsts).toEqual([1, 2, 3])
    const { pool } = await three('random', 0.4)
    expect([1, 2, 3].map(() => pool.tryAcquire()?.connection.id).sort()).toEqual([1, 2, 3])
    expect(pool.tryAcquire()).toBeUndefined()
  })

  it.each(['fifo', 'random'] as const)(
    'lends one that is ready rather than wait for a check with %s',
    async (reuse) => {
      const { pool, clock, checks } = await checkedPool(3, { size: { max: 3 }, idle: { reuse }, random: () => 0 })
      const used = pool.tryAcquire()
      await clock.advance(1_000)
      used?.release()
      const lease = pool.tryAcquire()
      expect(lease?.connection.id).toBe(used?.connection.id)
      expect(checks).toHaveLength(0)
    },
  )
})

describe('isUsable', () => {
  it('is asked before every lease of a connection that was open already, and not on its first', async () => {
    const asked: number[] = []
    const { pool } = testPool({ size: { max: 1 } }, { isUsable: ({ id }) => asked.push(id) > 0 })
    const lease = await pool.acquire()
    expect(asked).toEqual([])
    const waiting = pool.acquire()
    lease.release()
    ;(await waiting).release()
    expect(asked.length).toBe(1)
    await pool.acquire()
    expect(asked.length).toBe(2)
  })

  it('ends a connection that is not usable as lost, and serves the acquire by another (invariant 8)', async () => {
    const { pool } = testPool({ size: { max: 1 } }, { isUsable: ({ usable }) => usable })
    const disconnects = record(pool, 'disconnect')
    const first = await pool.acquire()
    first.resource.usable = false
    first.release()
    const second = await pool.acquire()
    expect(second.connection.id).toBe(2)
    expect(disconnects.map(({ event }) => event.reason)).toEqual(['lost'])
    expect(pool.tryAcquire()).toBeUndefined()
  })

  it('is asked for a waiter as well, when the connection comes back', async () => {
    const { pool, clock } = testPool({ size: { max: 1 } }, { isUsable: ({ usable }) => usable })
    const first = await pool.acquire()
    const waiting = follow(pool.acquire())
    first.resource.usable = false
    first.release()
    await clock.settle()
    expect(waiting.value.connection.id).toBe(2)
  })

  it('that throws is reported, and its connection is not lent', async () => {
    const thrown = new Error('no handle')
    const { pool } = testPool(
      {},
      {
        isUsable: () => {
          throw thrown
        },
      },
    )
    const errors = record(pool, 'error')
    ;(await pool.acquire()).release()
    expect(pool.tryAcquire()).toBeUndefined()
    expect(errors.map(({ event }) => event)).toEqual([{ pool: 'test', source: 'is-usable', error: thrown }])
    expect(pool.stats().size).toBe(0)
  })
})
