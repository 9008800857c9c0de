import { createPool, isPoolError } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { type Contender, connections, Resource } from './contender.js'
import { floor } from './contenders/floor.js'
import { standingQueue } from './standing-queue.js'

function watchedPool() {
  const pool = createPool<Resource>(
    { name: 'watched', open: () => new Resource(), close: () => {} },
    { size: { min: connections, max: connections } },
  )
  const contender: Contender<Awaited<ReturnType<typeof pool.acquire>>> = {
    acquire: () => pool.acquire(),
    release: (lease) => lease.release(),
    close: () => pool.destroy(),
  }
  return { pool, contender: contender as Contender }
}

describe('a standing queue', () => {
  it.each([1, 10, 1000])('keeps %i borrowers waiting, from the first operation on', async (waiters) => {
    const { pool, contender } = watchedPool()
    await pool.warm(connections)
    const load = standingQueue(contender, waiters)
    expect(pool.stats().waiting).toBe(0)
    for (const operations of [1, 3000]) {
      const before = pool.stats().acquired
      const done = await load(operations)
      expect(done).toBeGreaterThanOrEqual(operations)
      expect(done).toBeLessThan(operations + 1000 + connections)
      expect(pool.stats()).toMatchObject({ waiting: waiters, leases: connections })
      // The first call also hands out the connections with which the next operations begin.
      expect(pool.stats().acquired - before).toBe(before === 0 ? done + connections : done)
    }
    await contender.close()
  })

  it('lets the event loop turn every thousand operations', async () => {
    const load = standingQueue(floor() as Contender, 100)
    let turns = 0
    let isOver = false
    const count = () => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    await load(50_000)
    isOver = true
    expect(turns).toBeGreaterThanOrEqual(50)
  })

  it('fails when an acquire does', async () => {
    const { contender } = watchedPool()
    const load = standingQueue(contender, 5)
    await load(1)
    await contender.close()
    await expect(load(1)).rejects.toSatisfy((error: unknown) => isPoolError(error, 'ERR_POOL_CLOSED'))
  })
})
