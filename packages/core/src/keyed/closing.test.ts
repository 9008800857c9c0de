import { describe, expect, it } from 'vitest'
import { leaseAll, refused, sizes, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { follow } from '../../test/test-pool.js'

describe('close', () => {
  it('rejects the waiters of all keys, closes what is idle, and waits for the leases (invariants 3 and 7)', async () => {
    const { pool, clock, server } = testKeyedPool({ perKey: 1 })
    const leases = await Promise.all(['a', 'b'].map((key) => pool.acquire(key)))
    ;(await pool.acquire('c')).release()
    const waiting = ['a', 'b'].map((key) => follow(pool.acquire(key)))
    const closed = follow(pool.close())
    await clock.settle()
    expect(waiting.map(({ error }) => error.name)).toEqual(['PoolClosedError', 'PoolClosedError'])
    expect([sizes(pool), closed.state, pool.stats().state]).toEqual([{ a: 1, b: 1 }, 'pending', 'closing'])
    for (const lease of leases) lease.release()
    await clock.settle()
    expect([closed.state, pool.stats().state, pool.stats().size, clock.pending]).toEqual(['fulfilled', 'closed', 0, 0])
    expect(['a', 'b', 'c'].map((key) => server(key).resources[0]?.closes)).toEqual([1, 1, 1])
  })

  it('revokes and destroys what is left at the deadline', async () => {
    const { pool, clock } = testKeyedPool()
    const leases = await Promise.all(['a', 'b'].map((key) => pool.acquire(key)))
    const closed = follow(pool.close({ timeout: 1_000 }))
    await clock.advance(999)
    expect([closed.state, leases.some(({ signal }) => signal.aborted)]).toEqual(['pending', false])
    await clock.advance(1)
    expect([closed.state, leases.every(({ signal }) => signal.aborted)]).toEqual(['fulfilled', true])
  })

  it('serves the waiters of all keys first when told to, also those that wait for the total limit', async () => {
    const { pool, clock } = testKeyedPool({ total: 1, idle: { timeout: 50_000 } })
    const held = await pool.acquire('a')
    const waiting = ['a', 'b', 'c', 'b'].map((key) =>
      follow(pool.use(key, () => new Promise<void>((resolve) => clock.setTimeout(resolve, 10)))),
    )
    const closed = follow(pool.close({ waiters: 'serve' }))
    await clock.settle()
    await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    held.release()
    await clock.advance(200)
    expect([waiting.map(({ state }) => state), closed.state]).toEqual([Array(4).fill('fulfilled'), 'fulfilled'])
    expect(clock.pending).toBe(0)
  })

  it('returns the same promise when called again, and the earlier deadline wins', async () => {
    const { pool, clock } = testKeyedPool()
    await pool.acquire('a')
    const first = pool.close({ timeout: 10_000 })
    const second = pool.close({ timeout: 100 })
    expect(second).toBe(first)
    const closed = follow(first)
    await clock.advance(100)
    expect(closed.state).toBe('fulfilled')
    expect(pool.close()).toBe(first)
  })

  it('closes a pool that has no key', async () => {
    const { pool, clock } = testKeyedPool()
    await pool.close()
    expect([pool.stats().state, clock.pending]).toEqual(['closed', 0])
  })

  it('waits for the pools of keys that had begun anew', async () => {
    const { pool, clock } = testKeyedPool()
    const old = await pool.acquire('a')
    void pool.for('a').close()
    ;(await pool.acquire('a')).release()
    const closed = follow(pool.close())
    await clock.settle()
    expect(closed.state).toBe('pending')
    old.release()
    await clock.settle()
    expect([closed.state, pool.stats().size]).toEqual(['fulfilled', 0])
  })

  it('waits for the pools of keys that `maxKeys` has put out', async () => {
    const { pool, clock } = testKeyedPool({ maxKeys: 1, close: { timeout: 300 } }, () => ({
      close: () => new Promise(() => {}),
    }))
    ;(await pool.acquire('a')).release()
    ;(await pool.acquire('b')).release()
    const closed = follow(pool.close())
    await clock.advance(299)
    expect(closed.state).toBe('pending')
    await clock.advance(1)
    expect([closed.state, pool.stats().size, clock.pending]).toEqual(['fulfilled', 0, 0])
  })

  it('leaves no timer behind, though opens have just failed (invariant 7)', async () => {
    const { pool, clock, server } = testKeyedPool({ connect: { breaker: { failures: 1 } } })
    for (const key of ['a', 'b']) {
      server(key).state = 'down'
      await expect(pool.acquire(key)).rejects.toMatchObject({ cause: refused })
      await expect(pool.acquire(key)).rejects.toMatchObject({ code: 'ERR_POOL_CIRCUIT_OPEN' })
    }
    await pool.close()
    expect(clock.pending).toBe(0)
    await clock.advance(60_000)
    expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
  })

  it('leaves no timer behind though everything was armed (invariant 7)', async () => {
    const { pool, clock } = testKeyedPool({
      total: 4,
      size: { min: 1 },
      lifetime: { maxAge: 100_000 },
      lease: { warnAfter: 50_000 },
      acquire: { adaptive: true },
    })
    const held = await pool.acquire('a')
    await pool.acquire('b').then((lease) => lease.release())
    follow(pool.acquire('a', { timeout: 400 }))
    const closed = pool.close()
    held.release()
    await closed
    expect([clock.pending, pool.stats()]).toEqual([0, expect.objectContaining({ size: 0, waiting: 0 })])
  })

  it('with an option that makes no sense is rejected, and closes nothing', async () => {
    for (const keys of [[], ['a']]) {
      const { pool } = testKeyedPool()
      for (const key of keys) (await pool.acquire(key)).release()
      await expect(pool.close({ timeout: -1 }), `${keys.length} keys`).rejects.toMatchObject({
        code: 'ERR_POOL_INVALID_OPTION',
        option: 'close.timeout',
      })
      expect(pool.stats().state).toBe('running')
      await pool.acquire('b').then((lease) => lease.release())
      await expect(pool.close()).resolves.toBeUndefined()
      expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
    }
  })

  it('rejects what is asked for afterwards, of keys known and unknown, and makes no adapter for it', async () => {
    const { pool, adapters } = testKeyedPool()
    ;(await pool.acquire('a')).release()
    const closed = pool.close()
    for (const key of ['a', 'b']) {
      await expect(pool.acquire(key)).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
      await expect(pool.use(key, () => {})).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    }
    await closed
    await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    expect(adapters).toEqual(['a'])
  })

  it('called from within a listener of its own events comes to the same end', async () => {
    const { pool, clock } = testKeyedPool()
    for (const key of ['a', 'b']) (await pool.acquire(key)).release()
    const inner: Promise<void>[] = []
    for (const name of ['retire', 'disconnect', 'close'] as const) pool.on(name, () => inner.push(pool.close()))
    const outer = pool.close()
    await outer
    await clock.settle()
    expect(new Set([...inner, outer]).size).toBe(1)
    expect(pool.stats()).toMatchObject({ state: 'closed', size: 0, keys: 0 })
  })

  it('and `destroy` may be called by the listener of an acquire (re-entrance)', async () => {
    for (const how of ['close', 'destroy'] as const) {
      for (const event of ['acquiring', 'connecting', 'connect', 'acquire', 'transition'] as const) {
        const { pool, clock } = testKeyedPool({ total: 2 })
        pool.once(event, () => void pool[how]())
        const outcome = follow(pool.acquire('a'))
        await clock.settle()
        if (outcome.state === 'fulfilled') outcome.value.release()
        await clock.settle()
        expect([event, how, pool.stats().state, pool.stats().size, clock.pending]).toEqual([event, how, 'closed', 0, 0])
        expect(outcome.state).not.toBe('pending')
      }
    }
  })
})

describe('destroy', () => {
  it('fails the waiters of all keys with its error for cause, and ends everything now', async () => {
    const { pool, clock } = testKeyedPool({ perKey: 1 })
    const leases = [...(await leaseAll(pool, 'a', 1)), ...(await leaseAll(pool, 'b', 1))]
    const waiting = ['a', 'b'].map((key) => follow(pool.acquire(key)))
    const cause = new Error('shutdown')
    await pool.destroy(cause)
    expect(waiting.map(({ error }) => error)).toEqual([
      expect.objectContaining({ code: 'ERR_POOL_CLOSED', cause }),
      expect.objectContaining({ code: 'ERR_POOL_CLOSED', cause }),
    ])
    expect(leases.map(({ signal }) => signal.aborted)).toEqual([true, true])
    await expect(pool.acquire('c')).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED', cause })
    expect([pool.stats().size, clock.pending]).toEqual([0, 0])
  })

  it('overtakes a close', async () => {
    const { pool } = testKeyedPool()
    const lease = await pool.acquire('a')
    const closed = pool.close()
    const destroyed = pool.destroy()
    expect(destroyed).toBe(closed)
    await closed
    expect([lease.signal.aborted, pool.stats().state]).toEqual([true, 'closed'])
  })

  it('abandons opens, and ends what arrives late, which is still counted (invariant 6)', async () => {
    const { pool, clock, server } = testKeyedPool()
    server('a').delay = 1_000
    follow(pool.acquire('a'))
    await clock.advance(10)
    await pool.destroy()
    await clock.advance(1_000)
    expect(server('a').resources.map(({ open, destroys }) => [open, destroys])).toEqual([[false, 1]])
    expect(pool.stats()).toMatchObject({ abandoned: 1, late: 1, closed: { abandoned: 1 } })
  })
})
