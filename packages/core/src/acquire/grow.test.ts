import { describe, expect, it } from 'vitest'
import { TestResource } from '../../test/test-adapter.js'
import { follow, gatedOpens, slowOpens, testPool } from '../../test/test-pool.js'

const refused = new Error('refused')

/** A pool with `count` connections leased that each took 100 ms to open. */
async function grown(count: number, max = 50) {
  const opened = testPool({ size: { max } }, (clock) => slowOpens(clock, 100))
  const first = Array.from({ length: count }, () => follow(opened.pool.acquire()))
  await opened.clock.advance(100)
  return { ...opened, leases: first.map(({ value }) => value) }
}

describe('elastic', () => {
  it('opens one connection for each waiter while none is connected, up to size.max (invariant 2)', () => {
    const opens = gatedOpens()
    const { pool } = testPool({ size: { max: 4 } }, opens)
    for (let i = 0; i < 6; i++) follow(pool.acquire())
    expect(opens.calls).toHaveLength(4)
    expect(pool.stats()).toMatchObject({ size: 4, connecting: 4, waiting: 6 })
  })

  it('opens one for each of an ordinary and a fresh waiter, whichever came first', () => {
    for (const fresh of [true, false]) {
      const opens = gatedOpens()
      const { pool } = testPool({}, opens)
      follow(pool.acquire({ fresh }))
      follow(pool.acquire({ fresh: !fresh }))
      expect(opens.calls, `fresh first: ${fresh}`).toHaveLength(2)
    }
  })

  it('waits for a release rather than opening while releases are expected sooner', async () => {
    const { pool, clock, leases } = await grown(5)
    for (let i = 0; i < 50; i++) follow(pool.use(() => {}))
    await clock.advance(2)
    for (const lease of leases) lease.release()
    await clock.advance(98)
    expect(pool.stats()).toMatchObject({ size: 5, waiting: 0 })
  })

  it('opens what would serve the last waiter within a connect time once leases are known to be long', async () => {
    const { pool, clock, leases } = await grown(1)
    for (let i = 0; i < 8; i++) {
      const lease = i === 0 ? leases[0] : await pool.acquire()
      await clock.advance(1_000)
      lease?.release()
    }
    await pool.acquire()
    for (let i = 0; i < 3; i++) follow(pool.acquire())
    expect(pool.stats().connecting).toBe(3)
  })

  it('estimates the lease time by an average that one short lease does not change much', async () => {
    const { pool, clock, leases } = await grown(1)
    let lease = leases[0]
    for (let i = 1; i <= 16; i++) {
      if (i === 8) await clock.advance(1_000)
      lease?.release()
      lease = await pool.acquire()
    }
    follow(pool.acquire())
    follow(pool.acquire())
    expect(pool.stats().connecting).toBe(2)
  })

  it('opens as many as are connected once the oldest waiter has waited a connect time', async () => {
    const { pool, clock } = await grown(3)
    for (let i = 0; i < 20; i++) follow(pool.acquire())
    await clock.advance(99)
    expect(pool.stats().connecting).toBe(0)
    await clock.advance(1)
    expect(pool.stats().connecting).toBe(3)
  })

  it('doubles the pool once per connect time while no lease comes back', async () => {
    const { pool, clock } = await grown(1)
    for (let i = 0; i < 30; i++) follow(pool.acquire())
    const sizes: number[] = []
    for (let i = 0; i < 5; i++) {
      await clock.advance(100)
      sizes.push(pool.stats().connected)
    }
    expect(sizes).toEqual([1, 2, 4, 8, 16])
  })

  it('has no more opens in flight than there are waiters', async () => {
    const { pool, clock } = await grown(5)
    follow(pool.acquire())
    follow(pool.acquire())
    await clock.advance(100)
    expect(pool.stats().connecting).toBe(2)
  })

  it('opens at once for waiters when the last connection is lost', async () => {
    const { pool, clock, leases } = await grown(1)
    follow(pool.acquire())
    follow(pool.acquire())
    expect(pool.stats().connecting).toBe(0)
    leases[0]?.destroy()
    expect(pool.stats().connecting).toBe(2)
    await clock.settle()
  })

  it('opens at once for waiters when the last connection will not come back', async () => {
    const { pool, leases, clock } = await grown(1)
    follow(pool.acquire())
    pool.flush()
    await clock.settle()
    expect(leases[0]?.connection.state).toBe('connected.leaving')
    expect(pool.stats().connecting).toBe(1)
  })
})

describe('eager', () => {
  it('opens one for each waiter, whatever is leased', async () => {
    const opens = gatedOpens()
    const { pool, clock } = testPool({ size: { max: 4 }, connect: { growth: 'eager' } }, opens)
    follow(pool.acquire())
    opens.calls[0]?.succeed()
    await clock.settle()
    for (let i = 0; i < 5; i++) follow(pool.acquire())
    expect(opens.calls).toHaveLength(4)
  })
})

it('opens no more at once than connect.concurrency', () => {
  const opens = gatedOpens()
  const { pool } = testPool({ connect: { concurrency: 2 } }, opens)
  for (let i = 0; i < 5; i++) follow(pool.acquire())
  expect(opens.calls).toHaveLength(2)
})

it('begins the next open when one in flight has been granted and connect.concurrency leaves room', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { concurrency: 1, growth: 'eager' } }, opens)
  for (let i = 0; i < 3; i++) follow(pool.acquire())
  for (let i = 1; i <= 3; i++) {
    expect(opens.calls).toHaveLength(i)
    opens.calls[i - 1]?.succeed()
    await clock.settle()
  }
  expect(pool.stats()).toMatchObject({ leases: 3, waiting: 0 })
})

it('does not make an open that has not started when its demand is gone', async () => {
  const opens = gatedOpens()
  const { pool, clock } = testPool({ connect: { concurrency: 1 } }, opens)
  const controller = new AbortController()
  follow(pool.acquire())
  follow(pool.acquire({ signal: controller.signal }))
  controller.abort()
  opens.calls[0]?.succeed()
  await clock.advance(10_000)
  expect(opens.calls).toHaveLength(1)
})

describe('while opens fail', () => {
  const failing = { connect: { retry: true, backoff: { jitter: 0 } }, acquire: { timeout: 60_000 } } as const

  it('waits longer after each failure, one probe at a time, however many wait', async () => {
    const began: number[] = []
    const { pool, clock } = testPool(failing, (clock) => ({
      open: () => {
        began.push(clock.now())
        return Promise.reject(refused)
      },
    }))
    for (let i = 0; i < 3; i++) follow(pool.acquire())
    await clock.advance(4_000)
    expect(began).toEqual([0, 0, 0, 100, 300, 700, 1_500, 3_100])
    expect(pool.stats().waiting).toBe(3)
  })

  it('counts opens that failed together once', async () => {
    const opens = gatedOpens()
    const { pool, clock } = testPool(failing, opens)
    for (let i = 0; i < 3; i++) follow(pool.acquire())
    for (const call of opens.calls) call.fail(refused)
    await clock.advance(99)
    expect(opens.calls).toHaveLength(3)
    await clock.advance(1)
    expect(opens.calls[3]?.context).toMatchObject({ attempt: 2, connectionId: 4 })
  })

  it('begins no open for a new acquire before the backoff is over', async () => {
    const opens = gatedOpens()
    const { pool, clock } = testPool({ connect: { backoff: { jitter: 0 } } }, opens)
    follow(pool.acquire())
    opens.calls[0]?.fail(refused)
    await clock.advance(50)
    const waiting = follow(pool.acquire())
    await clock.advance(49)
    expect([opens.calls.length, waiting.state]).toEqual([1, 'pending'])
    await clock.advance(1)
    expect(opens.calls).toHaveLength(2)
  })

  it('opens at full speed again after a success', async () => {
    const opens = gatedOpens()
    const { pool, clock } = testPool({ ...failing, connect: { ...failing.connect, growth: 'eager' } }, opens)
    for (let i = 0; i < 4; i++) follow(pool.acquire())
    for (const call of opens.calls) call.fail(refused)
    await clock.advance(100)
    expect(opens.calls).toHaveLength(5)
    opens.calls[4]?.succeed()
    await clock.settle()
    expect(opens.calls).toHaveLength(8)
    expect(opens.calls[7]?.context.attempt).toBe(1)
  })

  it('makes no probe when nobody wants a connection any more', async () => {
    const opens = gatedOpens()
    const { pool, clock } = testPool({}, opens)
    follow(pool.acquire())
    opens.calls[0]?.fail(refused)
    await clock.advance(60_000)
    expect(opens.calls).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('backs off from a server that accepts and hangs up at once', async () => {
    const began: number[] = []
    const { clock } = testPool({ size: { min: 1 }, connect: { backoff: { jitter: 0 } } }, (clock) => ({
      open: ({ connectionId }) => {
        began.push(clock.now())
        return new TestResource(connectionId)
      },
      watch: (_, { lost }) => {
        lost(refused)
        return () => {}
      },
    }))
    await clock.advance(1_000)
    expect(began.length).toBeGreaterThan(1)
    expect(began.length).toBeLessThan(12)
  })

  it('backs off from an adapter that retires every connection as soon as it is open', async () => {
    let opens = 0
    const { pool, clock } = testPool(
      { size: { min: 1 }, connect: { backoff: { jitter: 0 } } },
      {
        open: ({ connectionId }) => {
          if (++opens > 200) throw refused
          return new TestResource(connectionId)
        },
        watch: (_, { retire }) => {
          retire('going away')
          return () => {}
        },
      },
    )
    await clock.advance(1_000)
    expect(opens).toBeLessThan(12)
    await pool.destroy()
  })
})

describe('size.min', () => {
  it('is opened when the pool is made, after listeners could be added', async () => {
    const { pool, clock, adapter } = testPool({ size: { min: 3 } })
    const connecting: number[] = []
    pool.on('connecting', ({ connection }) => connecting.push(connection.id))
    expect(adapter.resources).toHaveLength(0)
    await clock.settle()
    expect(connecting).toEqual([1, 2, 3])
    expect(pool.stats()).toMatchObject({ idle: 3, size: 3 })
  })

  it('is restored within the backoff when opens succeed again (invariant 9)', async () => {
    let up = true
    const { pool, clock, adapter } = testPool(
      { size: { min: 2 }, connect: { backoff: { jitter: 0 } } },
      {
        open: async ({ connectionId }) => {
          if (!up) throw refused
          const resource = new TestResource(connectionId)
          adapter.resources.push(resource)
          return resource
        },
      },
    )
    await clock.settle()
    up = false
    for (const resource of adapter.resources) resource.lose()
    await clock.advance(2_000)
    expect(pool.stats().size).toBe(0)
    up = true
    await clock.advance(1_600)
    expect(pool.stats()).toMatchObject({ idle: 2, size: 2 })
  })

  it('is restored at once while the close of a retired connection hangs (invariant 9)', async () => {
    const { pool, clock } = testPool({ size: { min: 1 } }, { close: () => new Promise(() => {}) })
    const lease = await pool.acquire()
    lease.retire()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ closing: 1, idle: 1 })
  })

  it('is restored within the backoff when an open timed out, though its promise never settles (invariant 9)', async () => {
    const opens = gatedOpens()
    const { clock } = testPool({ size: { min: 1 }, connect: { timeout: 1_000, backoff: { jitter: 0 } } }, opens)
    await clock.advance(1_099)
    expect(opens.calls).toHaveLength(1)
    await clock.advance(1)
    expect(opens.calls).toHaveLength(2)
  })

  it('is not opened while paused, and is on resume', async () => {
    const { pool, clock } = testPool({ size: { min: 2 }, start: 'paused' })
    await clock.advance(1_000)
    expect(pool.stats().size).toBe(0)
    pool.resume()
    await clock.settle()
    expect(pool.stats().idle).toBe(2)
  })
})

describe('size.minSpare', () => {
  it('is kept idle beyond demand, within size.max', async () => {
    const { pool, clock } = testPool({ size: { minSpare: 2, max: 4 } })
    await clock.settle()
    expect(pool.stats().idle).toBe(2)
    for (const [leases, idle] of [
      [1, 2],
      [2, 2],
      [3, 1],
      [4, 0],
    ]) {
      await pool.acquire()
      await clock.settle()
      expect(pool.stats()).toMatchObject({ leases, idle })
    }
  })

  it('opens another spare connection as soon as the spare one is lent', async () => {
    const { pool, clock } = testPool({ size: { minSpare: 1 } })
    await clock.settle()
    expect(pool.tryAcquire()).toBeDefined()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ leases: 1, idle: 1 })
  })
})

it('opens synchronously where the adapter does, and grants in the same turn', async () => {
  const { pool } = testPool({ size: { max: 2 } }, { open: ({ connectionId }) => new TestResource(connectionId) })
  const first = follow(pool.acquire())
  expect(pool.stats()).toMatchObject({ leases: 1, connected: 1, waiting: 0 })
  follow(pool.acquire())
  follow(pool.acquire())
  expect(pool.stats()).toMatchObject({ leases: 2, waiting: 1 })
  await Promise.resolve()
  expect(first.state).toBe('fulfilled')
})

it('takes an open that throws for one that rejects', async () => {
  const { pool } = testPool(
    {},
    {
      open: () => {
        throw refused
      },
    },
  )
  await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CONNECT', cause: refused })
  expect(pool.stats()).toMatchObject({ size: 0, waiting: 0 })
})
