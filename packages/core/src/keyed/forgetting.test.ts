import { describe, expect, it } from 'vitest'
import { type KeyedFixture, leaseAll, refused, sizes, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { TestResource } from '../../test/test-adapter.js'
import { follow } from '../../test/test-pool.js'
import { admitWhen, retireWhen } from '../policies/when.js'
import { EXPIRIES_AT_ONCE } from '../time/timer-wheel.js'

/** No pool, no connection and no timer of any key. */
function expectNothingLeft({ pool, clock }: KeyedFixture): void {
  expect({ ...pool.stats(), timers: clock.pending }).toMatchObject({ keys: 0, size: 0, waiting: 0, timers: 0 })
}

describe('a key is forgotten', () => {
  it('when its last connection has timed out', async () => {
    const fixture = testKeyedPool({ idle: { timeout: 1_000 } })
    const { pool, clock } = fixture
    for (const key of ['a', 'b']) (await pool.acquire(key)).release()
    await clock.advance(900)
    expect(pool.stats().keys).toBe(2)
    await clock.advance(200)
    expectNothingLeft(fixture)
  })

  it('with no more expiries in one tick than any other pool has, however many keys are due at once', async () => {
    const { pool, clock } = testKeyedPool({ perKey: 100, total: 400, idle: { timeout: 1_000 } })
    const leases = (await Promise.all(['a', 'b', 'c', 'd'].map((key) => leaseAll(pool, key, 100)))).flat()
    for (const lease of leases) lease.release()
    let left = pool.stats().size
    for (let ms = 0; ms < 1_050; ms++) {
      await clock.advance(1)
      const { size } = pool.stats()
      expect(left - size).toBeLessThanOrEqual(EXPIRIES_AT_ONCE)
      left = size
    }
    expect(left).toBe(0)
  })

  it.each(['lost', 'destroyed', 'retired', 'detached'])('when its last connection was %s', async (how) => {
    const fixture = testKeyedPool()
    const { pool, clock } = fixture
    const lease = await pool.acquire('a')
    if (how === 'lost') {
      lease.resource.lose()
      lease.release()
    } else if (how === 'destroyed') lease.destroy()
    else if (how === 'retired') lease.retire()
    else lease.detach()
    await clock.settle()
    expectNothingLeft(fixture)
  })

  it('when it was flushed, once its last connection has closed', async () => {
    const fixture = testKeyedPool()
    const lease = await fixture.pool.acquire('a')
    fixture.pool.flush('a')
    expect(fixture.pool.stats().keys).toBe(1)
    lease.release()
    await fixture.clock.settle()
    expectNothingLeft(fixture)
  })

  it('when an acquire that nothing was opened for has been refused', async () => {
    const refusals = {
      aborted: (f: KeyedFixture) => f.pool.acquire('a', { signal: AbortSignal.abort() }),
      invalid: (f: KeyedFixture) => f.pool.acquire('a', { timeout: -1 }),
      'aborted use': (f: KeyedFixture) => f.pool.use('a', () => {}, { signal: AbortSignal.abort() }),
    }
    for (const [how, ask] of Object.entries(refusals)) {
      const fixture = testKeyedPool()
      await expect(ask(fixture), how).rejects.toMatchObject({ code: expect.stringContaining('ERR_POOL') })
      await fixture.clock.settle()
      expect([how, fixture.pool.stats().keys, fixture.clock.pending]).toEqual([how, 0, 0])
    }
  })

  it('when a policy has refused its only acquire', async () => {
    const fixture = testKeyedPool({ policies: [admitWhen(() => false)] })
    await expect(fixture.pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_OVERLOADED' })
    await fixture.clock.settle()
    expectNothingLeft(fixture)
  })

  it('when its queue has no place for its only acquire', async () => {
    const fixture = testKeyedPool({ acquire: { maxWaiting: 0 } })
    await expect(fixture.pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_QUEUE_FULL' })
    await fixture.clock.settle()
    expectNothingLeft(fixture)
  })

  it('when its pool is paused from the start and refuses', async () => {
    const fixture = testKeyedPool({ start: 'paused' })
    await expect(fixture.pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
    await fixture.clock.settle()
    expectNothingLeft(fixture)
  })

  it.each(['aborted', 'timed out'])('when its only waiter has %s at the total limit', async (how) => {
    const fixture = testKeyedPool({ total: 1 })
    const { pool, clock } = fixture
    const held = await pool.acquire('a')
    const controller = new AbortController()
    const waiting = follow(pool.acquire('b', { timeout: 50, signal: controller.signal }))
    if (how === 'aborted') controller.abort()
    await clock.advance(60)
    expect([waiting.state, pool.stats().keys]).toEqual(['rejected', 1])
    held.destroy()
    await clock.settle()
    expectNothingLeft(fixture)
  })

  it('when its only waiter has gone while its open was in progress, and the open has failed', async () => {
    const fixture = testKeyedPool({ connect: { timeout: 100 }, close: { timeout: 50 } })
    const { pool, clock, server } = fixture
    server('a').state = 'hanging'
    follow(pool.acquire('a', { timeout: 20 }))
    await clock.advance(160)
    expect(pool.stats().size).toBe(0)
    await clock.advance(6_000)
    expectNothingLeft(fixture)
  })

  it('when what `warm` has opened has timed out', async () => {
    const fixture = testKeyedPool({ idle: { timeout: 1_000 } })
    await fixture.pool.for('a').warm(2)
    expect(sizes(fixture.pool)).toEqual({ a: 2 })
    await fixture.clock.advance(5_000)
    expect(fixture.pool.stats().size).toBe(0)
  })

  it('when it failed, nobody has asked since, and the longest backoff is over', async () => {
    const fixture = testKeyedPool({ connect: { backoff: { initialDelay: 100, maxDelay: 1_000, jitter: 0 } } })
    const { pool, clock, server } = fixture
    server('a').state = 'down'
    await expect(pool.acquire('a')).rejects.toMatchObject({ cause: refused })
    await clock.advance(900)
    expect(pool.stats().keys).toBe(1)
    await clock.advance(200)
    expectNothingLeft(fixture)
  })
})

describe('a key whose only acquire was refused opens nothing afterwards', () => {
  it.each([{ min: 1 }, { minSpare: 1 }])('for %j (invariants 2 and 7)', async (size) => {
    const { pool, clock, server } = testKeyedPool({ size, maxKeys: 2 })
    await expect(pool.acquire('a', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
    await clock.settle()
    const { size: connections, keys } = pool.stats()
    expect([connections, keys]).toEqual([server('a').opens.length, Math.min(1, server('a').opens.length)])
    await pool.close()
    expect(server('a').resources.filter(({ open }) => open)).toEqual([])
  })

  it.each([{ min: 1 }, { minSpare: 1 }])('for %j, when all of `maxKeys` are in use', async (size) => {
    const { pool, clock, server } = testKeyedPool({ size, maxKeys: 1 })
    await pool.acquire('a')
    await expect(pool.acquire('b')).rejects.toMatchObject({ code: 'ERR_POOL_OVERLOADED' })
    await clock.settle()
    expect([server('b').opens, Object.keys(sizes(pool))]).toEqual([[], ['a']])
  })
})

describe('a key is kept', () => {
  it('while a lease of it is out, though its connection has ended', async () => {
    const { pool } = testKeyedPool()
    const lease = await pool.acquire('a')
    const next = await pool.acquire('a')
    next.release()
    expect(pool.stats().keys).toBe(1)
    lease.release()
    expect(pool.stats().keys).toBe(1)
  })

  it('while somebody waits for it', async () => {
    const { pool } = testKeyedPool({ total: 1 })
    await pool.acquire('a')
    follow(pool.acquire('b'))
    expect(pool.stats()).toMatchObject({ keys: 2, waiting: 1 })
  })

  it('while size.min keeps connections of it, and restores them (invariant 9)', async () => {
    const { pool, clock } = testKeyedPool({ size: { min: 1 }, idle: { timeout: 1_000 } })
    const lease = await pool.acquire('a')
    lease.destroy()
    await clock.advance(10_000)
    expect(sizes(pool)).toEqual({ a: 1 })
  })
})

describe('an acquire that finds its last idle connection unusable', () => {
  const deadEnds = {
    'the socket check': {},
    'a policy': {
      policies: [retireWhen<TestResource>(({ resource, connection }) => !resource.usable && connection.uses > 0)],
    },
  }
  it.each(Object.entries(deadEnds))(
    '(%s) opens another one that the keyed pool knows of (invariants 2, 7 and 10)',
    async (how, options) => {
      const overrides = how === 'a policy' ? { isUsable: undefined as never } : {}
      const { pool, clock, server } = testKeyedPool({ total: 2, ...options }, overrides)
      ;(await pool.acquire('a')).release()
      const [first] = server('a').resources
      if (first !== undefined) first.usable = false
      const again = await pool.acquire('a')
      expect([again.resource.id, pool.stats(), sizes(pool)]).toEqual([
        2,
        expect.objectContaining({ keys: 1, size: 1, leases: 1, acquired: 2, opened: 2 }),
        { a: 1 },
      ])
      const closed = pool.close({ timeout: 100 })
      await clock.advance(100)
      await closed
      expect([again.signal.aborted, clock.pending]).toEqual([true, 0])
    },
  )

  it('in `use`, and after `tryAcquire` found it so, likewise', async () => {
    const { pool, server } = testKeyedPool()
    for (let round = 1; round <= 2; round++) {
      ;(await pool.acquire('a')).release()
      const last = server('a').resources.at(-1)
      if (last !== undefined) last.usable = false
      if (round === 2) expect(pool.tryAcquire('a')).toBeUndefined()
      await pool.use('a', () => expect(pool.stats()).toMatchObject({ keys: 1, size: 1, leases: 1 }))
      pool.flush()
    }
  })
})

describe('what is being asked for is not forgotten meanwhile', () => {
  it('when a listener of `acquiring` ends the last connection', async () => {
    const { pool, server } = testKeyedPool()
    ;(await pool.acquire('a')).release()
    pool.once('acquiring', () => server('a').resources[0]?.lose())
    await pool.acquire('a')
    expect([pool.stats().leases, pool.stats().keys, sizes(pool)]).toEqual([1, 1, { a: 1 }])
  })

  it('when a policy that admits it ends the last connection', async () => {
    let act = () => {}
    const policy = {
      name: 'meddler',
      admit: () => {
        act()
        return 'admit' as const
      },
    }
    const { pool, server } = testKeyedPool({ policies: [policy] })
    ;(await pool.acquire('a')).release()
    act = () => {
      act = () => {}
      server('a').resources[0]?.lose()
    }
    await pool.acquire('a')
    expect([pool.stats().leases, pool.stats().keys, sizes(pool)]).toEqual([1, 1, { a: 1 }])
  })

  it('when a listener of the end of its last connection asks for it again', async () => {
    const { pool, clock } = testKeyedPool()
    const lease = await pool.acquire('a')
    let again: ReturnType<typeof pool.acquire> | undefined
    pool.once('disconnect', () => {
      again = pool.acquire('a')
    })
    lease.destroy()
    await again
    await clock.settle()
    expect([pool.stats().leases, pool.stats().keys, sizes(pool)]).toEqual([1, 1, { a: 1 }])
  })
})

describe('a dead server is not hammered by being forgotten', () => {
  const backoff = { initialDelay: 100, maxDelay: 4_000, factor: 2, jitter: 0 }

  it('the backoff goes on from where it was when the key is asked for again', async () => {
    const { pool, clock, server } = testKeyedPool({ connect: { backoff } })
    server('a').state = 'down'
    for (let i = 0; i < 5; i++) {
      await follow(pool.acquire('a'))
      await clock.advance(1)
      await clock.advance(1_600)
    }
    const gaps = server('a').opens.map((at, i, all) => at - (all[i - 1] ?? 0))
    expect(gaps.slice(1)).toEqual([1_601, 1_601, 1_601, 1_601])
    for (let i = 0; i < 40; i++) {
      follow(pool.acquire('a'))
      await clock.advance(100)
    }
    expect(server('a').opens.length).toBeLessThanOrEqual(7)
  })

  it('as a pool of one key would not', async () => {
    const { pool, clock, server } = testKeyedPool({ connect: { backoff } })
    server('a').state = 'down'
    for (let i = 0; i < 200; i++) {
      follow(pool.acquire('a'))
      await clock.advance(50)
    }
    expect(server('a').opens).toEqual([0, 100, 300, 700, 1_500, 3_100, 6_300])
  })

  it('an open circuit stays open for its cooldown, however long nobody asks meanwhile', async () => {
    const { pool, clock, server } = testKeyedPool({ connect: { breaker: { failures: 1, cooldown: 20_000 }, backoff } })
    server('a').state = 'down'
    await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_CONNECT' })
    await clock.advance(15_000)
    await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_CIRCUIT_OPEN' })
    expect(server('a').opens).toEqual([0])
  })

  it('an open circuit stays open also when it has refused somebody', async () => {
    const { pool, clock, server } = testKeyedPool({ connect: { breaker: { failures: 1, cooldown: 20_000 }, backoff } })
    server('a').state = 'down'
    for (let i = 0; i < 4; i++) {
      await follow(pool.acquire('a'))
      await clock.advance(4_500)
    }
    expect(server('a').opens).toEqual([0])
    await clock.advance(4_500)
    follow(pool.acquire('a'))
    await clock.settle()
    expect(server('a').opens).toEqual([0, 22_500])
  })

  it('an open circuit is tried again at its last moment, when opens that were under way failed one after another', async () => {
    const { pool, clock, server } = testKeyedPool({
      connect: { breaker: { failures: 1, cooldown: 80 }, backoff: { initialDelay: 10 }, retry: true, growth: 'eager' },
    })
    server('a').state = 'down'
    server('a').delay = 20
    const waiting = [follow(pool.acquire('a'))]
    await clock.advance(7)
    waiting.push(follow(pool.acquire('a')))
    await clock.advance(20)
    server('a').state = 'up'
    await clock.advance(200)
    expect(waiting.map(({ state }) => state)).toEqual(['fulfilled', 'fulfilled'])
  })

  it('an open circuit is tried again after its probe has failed in the very moment in which its cooldown was over', async () => {
    const opens: number[] = []
    const { pool, clock } = testKeyedPool(
      { connect: { breaker: { failures: 1, cooldown: 80 }, backoff: { initialDelay: 10 }, retry: true } },
      {
        open: ({ connectionId }) => {
          opens.push(clock.now())
          if (opens.length < 3) throw refused
          return new TestResource(connectionId)
        },
      },
    )
    // Before the pool's own timer for that moment.
    clock.setTimeout(() => follow(pool.acquire('a')), 80)
    const waiting = follow(pool.acquire('a'))
    await clock.advance(300)
    expect([opens, waiting.state]).toEqual([[0, 80, 160, 160], 'fulfilled'])
  })

  it('failures in a row count towards the breaker though nobody asks for a few seconds in between', async () => {
    const breaker = { failures: 3, cooldown: 20_000 }
    const { pool, clock, server } = testKeyedPool({ connect: { breaker, backoff: { ...backoff, maxDelay: 5_000 } } })
    server('a').state = 'down'
    const errors: string[] = []
    for (let i = 0; i < 6; i++) {
      const outcome = follow(pool.acquire('a'))
      await clock.advance(4_000)
      errors.push(outcome.error.name)
    }
    expect(errors).toEqual([
      'ConnectError',
      'ConnectError',
      'ConnectError',
      'CircuitOpenError',
      'CircuitOpenError',
      'CircuitOpenError',
    ])
  })

  it('nor is one that accepts and hangs up at once', async () => {
    const began: number[] = []
    const { pool, clock } = testKeyedPool({ connect: { backoff } }, () => ({
      open: ({ connectionId }) => {
        began.push(clock.now())
        return new TestResource(connectionId)
      },
      watch: (_, { lost }) => {
        lost(refused)
        return () => {}
      },
    }))
    for (let i = 0; i < 100; i++) {
      follow(pool.acquire('a', { timeout: 5 }))
      await clock.advance(10)
    }
    expect(began.length).toBeLessThan(12)
    await pool.destroy()
  })

  it('a healthy key does not wait for the backoff of another', async () => {
    const { pool, server } = testKeyedPool({ connect: { backoff } })
    server('a').state = 'down'
    await expect(pool.acquire('a')).rejects.toMatchObject({ cause: refused })
    const lease = follow(pool.acquire('b'))
    await pool.acquire('c')
    expect(lease.state).toBe('fulfilled')
  })
})
