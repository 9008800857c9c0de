import { describe, expect, it } from 'vitest'
import { follow, record, testPool } from '../../test/test-pool.js'

const forever = { idle: { timeout: Number.POSITIVE_INFINITY } }

describe('lifetime.maxAge', () => {
  it('closes an idle connection of that age, unused or not', async () => {
    const { pool, clock } = testPool({ ...forever, lifetime: { maxAge: 10_000, jitter: 0 } })
    const disconnects = record(pool, 'disconnect')
    ;(await pool.acquire()).release()
    await clock.advance(6_000)
    ;(await pool.acquire()).release()
    await clock.advance(3_999)
    expect(pool.stats().idle).toBe(1)
    await clock.advance(1)
    expect(disconnects[0]?.event).toMatchObject({ reason: 'age', age: 10_000, uses: 2 })
  })

  it('lets a borrower finish', async () => {
    const { pool, clock } = testPool({ lifetime: { maxAge: 10_000, jitter: 0 } })
    const lease = await pool.acquire()
    const { resource } = lease
    await clock.advance(20_000)
    expect([resource.open, lease.signal.aborted, lease.connection.state]).toEqual([true, false, 'connected.leaving'])
    lease.release()
    await clock.settle()
    expect([resource.closes, pool.stats().closed.age]).toEqual([1, 1])
  })

  it('is shortened by at most the jitter, for each connection by its own chance', async () => {
    const draws = [0, 0.5, 0.999]
    let drawn = 0
    const { pool, clock } = testPool({
      ...forever,
      size: { min: 3 },
      lifetime: { maxAge: 10_000, jitter: 0.1 },
      random: () => draws[drawn++ % 3] as number,
    })
    const disconnects = record(pool, 'disconnect')
    await clock.advance(10_000)
    expect(disconnects.slice(0, 3).map(({ event }) => event.age)).toEqual([9_001, 9_500, 10_000])
  })

  it('leaves no timer behind for a connection that has ended before', async () => {
    const { pool, clock } = testPool({ ...forever, lifetime: { maxAge: 10_000 } })
    ;(await pool.acquire()).destroy()
    expect(clock.pending).toBe(0)
  })

  it('is off by default', async () => {
    const { pool, clock } = testPool(forever)
    ;(await pool.acquire()).release()
    await clock.advance(2 ** 33)
    expect(pool.stats().size).toBe(1)
  })
})

describe('lifetime.maxUses', () => {
  it('closes a connection when its last lease comes back', async () => {
    const { pool, clock } = testPool({ size: { max: 1 }, lifetime: { maxUses: 3 } })
    const disconnects = record(pool, 'disconnect')
    for (let i = 0; i < 7; i++) (await pool.acquire()).release()
    await clock.settle()
    expect(disconnects.map(({ event }) => [event.connection.id, event.reason, event.uses])).toEqual([
      [1, 'uses', 3],
      [2, 'uses', 3],
    ])
  })

  it('opens another for a waiter instead of lending it once more', async () => {
    const { pool, clock } = testPool({ size: { max: 1 }, lifetime: { maxUses: 1 } })
    const lease = await pool.acquire()
    const waiting = follow(pool.acquire())
    lease.release()
    await clock.settle()
    expect(waiting.value.connection.id).toBe(2)
    expect(waiting.value.reused).toBe(false)
  })
})
