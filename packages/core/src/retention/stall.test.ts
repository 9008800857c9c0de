import { describe, expect, it } from 'vitest'
import { record, testPool } from '../../test/test-pool.js'

const idle = { timeout: 30_000 }
const TICK = 3_000

describe('a standstill of the process', () => {
  it('is not counted as idle time beyond one tick, so that nothing expires at once', async () => {
    const { pool, clock } = testPool({ size: { max: 5 }, idle })
    await pool.warm(5)
    await clock.advance(10_000)
    clock.stall(600_000)
    await clock.advance(0)
    expect(pool.stats().idle).toBe(5)
    await clock.advance(30_000 - 10_000 - TICK - 200)
    expect(pool.stats().idle).toBe(5)
    await clock.advance(TICK + 400)
    expect(pool.stats()).toMatchObject({ idle: 0, closed: { idle: 5 } })
  })

  it('is told by an event, with how long it lasted', async () => {
    const { pool, clock } = testPool({ size: { max: 2 }, idle })
    const heard = record(pool, 'stall')
    await pool.warm(2)
    await clock.advance(5_000)
    clock.stall(60_000)
    await clock.advance(0)
    expect(heard).toHaveLength(1)
    expect(heard[0]?.event.lasted).toBeGreaterThan(60_000 - TICK)
    expect(heard[0]?.event.lasted).toBeLessThanOrEqual(60_000)
  })

  it('is not seen in a clock that runs, however long nothing happens', async () => {
    const { pool, clock } = testPool({ size: { max: 2, min: 1 }, idle })
    const heard = record(pool, 'stall')
    await pool.warm(2)
    await clock.advance(600_000)
    expect(heard).toEqual([])
    expect(pool.stats().idle).toBe(1)
  })

  it('forgives only those that were idle then', async () => {
    const { pool, clock } = testPool({ size: { max: 2 }, idle })
    await pool.warm(2)
    const lease = await pool.acquire()
    await clock.advance(6_000)
    clock.stall(60_000)
    await clock.advance(0)
    lease.release()
    await clock.advance(29_900)
    expect(pool.stats().idle).toBe(1)
    await clock.advance(400)
    expect(pool.stats().idle).toBe(0)
  })

  it('has what was idle checked before it is lent again, recently used or not', async () => {
    let checks = 0
    const check = async () => {
      checks++
    }
    const { pool, clock } = testPool({ size: { max: 1 }, idle, health: { after: 1_000_000 } }, { check })
    await pool.warm(1)
    await clock.advance(4_000)
    clock.stall(60_000)
    await clock.advance(0)
    ;(await pool.acquire()).release()
    expect(checks).toBe(1)
    ;(await pool.acquire()).release()
    expect(checks).toBe(1)
  })
})
