import { describe, expect, it } from 'vitest'
import { collectGarbage } from '../../test/keyed-model/collect-garbage.js'
import { leaseAll, sizes, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { follow, type Outcome } from '../../test/test-pool.js'

describe('perKey', () => {
  it('is never exceeded by any key, and holds for each by itself (invariant 2)', async () => {
    const { pool, clock } = testKeyedPool({ perKey: 2, connect: { growth: 'eager' } })
    const waiting = ['a', 'b'].flatMap((key) => Array.from({ length: 5 }, () => follow(pool.acquire(key))))
    await clock.advance(1_000)
    expect([sizes(pool), waiting.filter(({ state }) => state === 'pending').length]).toEqual([{ a: 2, b: 2 }, 6])
  })

  it('does not count a detached connection', async () => {
    const { pool } = testKeyedPool({ perKey: 1, total: 1 })
    ;(await pool.acquire('a')).detach()
    await expect(pool.acquire('a')).resolves.toBeDefined()
    expect(sizes(pool)).toEqual({ a: 1 })
  })
})

describe('total', () => {
  it('is never exceeded by all keys together (invariant 2)', async () => {
    const { pool, clock, server } = testKeyedPool({ total: 3, connect: { growth: 'eager' } })
    let most = 0
    pool.on('connecting', () => {
      most = Math.max(most, pool.stats().size)
    })
    for (const key of 'abcd') server(key).delay = 50
    const used = Array.from({ length: 40 }, (_, i) =>
      follow(
        pool.use('abcd'[i % 4] as string, () => new Promise<void>((resolve) => clock.setTimeout(resolve, 5 + (i % 7)))),
      ),
    )
    await clock.advance(20_000)
    expect([most, used.filter(({ state }) => state !== 'fulfilled').length]).toEqual([3, 0])
  })

  it('makes room by the connection that has been idle for longest, of whatever other key', async () => {
    const { pool, clock, server } = testKeyedPool({ total: 3 })
    for (const key of ['a', 'b', 'c']) {
      ;(await pool.acquire(key)).release()
      await clock.advance(10)
    }
    await pool.acquire('a').then((lease) => lease.release())
    await clock.advance(10)
    await pool.acquire('d')
    expect(sizes(pool)).toEqual({ a: 1, c: 1, d: 1 })
    await pool.acquire('e')
    expect(sizes(pool)).toEqual({ a: 1, d: 1, e: 1 })
    expect([server('b').resources[0]?.closes, pool.stats().closed.surplus, pool.stats().keys]).toEqual([1, 2, 3])
  })

  it('makes room by one connection for one that waits, not by more', async () => {
    const { pool, clock } = testKeyedPool({ total: 4 }, { close: () => new Promise(() => {}) })
    for (const lease of await leaseAll(pool, 'a', 4)) lease.release()
    const waiting = follow(pool.acquire('b'))
    await clock.advance(100)
    expect([waiting.state, pool.stats()]).toEqual(['pending', expect.objectContaining({ closing: 1, idle: 3 })])
  })

  it('makes room for those who still wait only, not for those who have given up', async () => {
    const { pool, clock } = testKeyedPool({ total: 4 }, { close: () => new Promise(() => {}) })
    const held = await leaseAll(pool, 'a', 4)
    follow(pool.acquire('b'))
    for (const key of ['c', 'd']) follow(pool.acquire(key, { timeout: 50 }))
    await clock.advance(100)
    for (const lease of held) lease.release()
    await clock.settle()
    expect(pool.stats()).toMatchObject({ closing: 1, idle: 3, waiting: 1 })
  })

  it('takes its own idle connection out of the way of one that wants a fresh one', async () => {
    const { pool } = testKeyedPool({ total: 1 })
    ;(await pool.acquire('a')).release()
    const fresh = await pool.acquire('a', { fresh: true })
    expect([fresh.reused, sizes(pool)]).toEqual([false, { a: 1 }])
  })

  it('gives the room of a connection that is lost, destroyed, detached or refused to whoever waits for longest', async () => {
    for (const how of ['lose', 'destroy', 'detach', 'retire'] as const) {
      const { pool, clock } = testKeyedPool({ total: 1 })
      const held = await pool.acquire('a')
      const [first, second] = [follow(pool.acquire('b')), follow(pool.acquire('c'))]
      if (how === 'lose') held.resource.lose()
      else held[how]()
      await clock.settle()
      expect([how, first.state, second.state, sizes(pool)]).toEqual([how, 'fulfilled', 'pending', { b: 1 }])
    }
  })

  it('gives the room of an open that fails or is abandoned to whoever waits', async () => {
    for (const state of ['down', 'hanging'] as const) {
      const { pool, clock, server } = testKeyedPool({ total: 1, connect: { timeout: 100 }, close: { timeout: 50 } })
      server('a').state = state
      server('a').delay = 20
      const failing = follow(pool.acquire('a'))
      const waiting = follow(pool.acquire('b'))
      await clock.advance(151)
      expect([state, failing.error.name, waiting.state, sizes(pool)]).toEqual([
        state,
        'ConnectError',
        'fulfilled',
        { b: 1 },
      ])
    }
  })

  it('does not count an abandoned open that arrives late', async () => {
    const { pool, clock, server } = testKeyedPool({ total: 1, connect: { timeout: 100 }, close: { timeout: 50 } })
    server('a').delay = 1_000
    follow(pool.acquire('a'))
    await clock.advance(200)
    const b = await pool.acquire('b')
    await clock.advance(1_000)
    expect([pool.stats().late, server('a').resources[0]?.open, b.signal.aborted]).toEqual([1, false, false])
    b.destroy()
    await pool.acquire('c')
    expect(sizes(pool)).toEqual({ c: 1 })
  })

  it('waits while a connection makes room slowly, and counts it until it has closed', async () => {
    const { pool, clock } = testKeyedPool({ total: 1, close: { timeout: 500 } }, () => ({
      close: () => new Promise(() => {}),
    }))
    ;(await pool.acquire('a')).release()
    const waiting = follow(pool.acquire('b'))
    await clock.advance(499)
    expect([waiting.state, sizes(pool)]).toEqual(['pending', { a: 1 }])
    await clock.advance(1)
    expect([waiting.state, sizes(pool)]).toEqual(['fulfilled', { b: 1 }])
  })

  it('takes a connection whose check has just passed for as idle as any (invariant 4)', async () => {
    let passed: (() => void) | undefined
    const { pool, clock } = testKeyedPool({ total: 1, health: { every: 1_000, onAcquire: false } }, () => ({
      check: () =>
        new Promise<void>((resolve) => {
          passed = resolve
        }),
    }))
    ;(await pool.acquire('a')).release()
    await clock.advance(1_500)
    expect([...pool.connections()][0]?.state).toBe('idle.checking')
    const waiting = follow(pool.acquire('b'))
    await clock.settle()
    passed?.()
    await clock.settle()
    expect([waiting.state, sizes(pool)]).toEqual(['fulfilled', { b: 1 }])
  })

  it('takes a connection that was just reset for as idle as any (invariant 4)', async () => {
    let passed: (() => void) | undefined
    const { pool, clock } = testKeyedPool({ total: 1 }, () => ({
      reset: () =>
        new Promise<void>((resolve) => {
          passed = resolve
        }),
    }))
    const held = await pool.acquire('a')
    const waiting = follow(pool.acquire('b'))
    held.release()
    await clock.settle()
    expect(waiting.state).toBe('pending')
    passed?.()
    await clock.settle()
    expect(waiting.state).toBe('fulfilled')
  })

  it('leaves what size.min keeps, and takes it when size.min no longer does (invariant 4)', async () => {
    const { pool, clock } = testKeyedPool({ total: 1 })
    const a = pool.for('a')
    a.resize({ min: 1 })
    await clock.settle()
    const waiting = follow(pool.acquire('b'))
    await clock.advance(100)
    expect([waiting.state, sizes(pool)]).toEqual(['pending', { a: 1 }])
    a.resize({ min: 0 })
    await clock.settle()
    expect([waiting.state, sizes(pool)]).toEqual(['fulfilled', { b: 1 }])
  })

  it('takes what size.min has kept as soon as another connection of that key is open (invariant 4)', async () => {
    const { pool, clock } = testKeyedPool({ total: 2 })
    pool.for('a').resize({ min: 1 })
    await clock.settle()
    const held = await pool.acquire('b')
    const fresh = follow(pool.acquire('a', { fresh: true }))
    await clock.advance(10)
    const waiting = follow(pool.acquire('c'))
    held.destroy()
    await clock.settle()
    expect([fresh.state, waiting.state, sizes(pool)]).toEqual(['fulfilled', 'fulfilled', { a: 1, c: 1 }])
  })

  it('takes what rests though another connection is to go as soon as its last lease has ended (invariant 4)', async () => {
    const { pool, clock } = testKeyedPool({ total: 2 }, { capacity: () => 4 })
    await pool.acquire('a')
    for (let i = 0; i < 9; i++) (await pool.acquire('a')).release()
    const held = await pool.acquire('d')
    const waiting = follow(pool.acquire('b'))
    // Past its turn: nobody is lent this connection any more, and its first lease does not end.
    follow(pool.acquire('a', { timeout: 5 }))
    await clock.advance(10)
    expect([...pool.connections()].map(({ state }) => state)).toEqual(['connected.leaving', 'connected.leased'])
    held.release()
    await clock.settle()
    expect([waiting.state, sizes(pool)]).toEqual(['fulfilled', { a: 1, b: 1 }])
  })

  it('does not let a `warm` beyond it hold up anybody for ever (invariant 4)', async () => {
    const { pool, clock } = testKeyedPool({ total: 2 })
    const warmed = follow(pool.for('a').warm(5))
    await clock.settle()
    expect(sizes(pool)).toEqual({ a: 2 })
    const waiting = follow(pool.acquire('b'))
    await clock.advance(100)
    expect([warmed.state === 'pending' ? 'still warming' : 'warmed', waiting.state]).toEqual(['warmed', 'fulfilled'])
  })

  it('opens size.min of every key as far as there is room, those who wait first', async () => {
    const { pool, clock } = testKeyedPool({ total: 4, size: { min: 2 } })
    const held = [await pool.acquire('a'), await pool.acquire('b')]
    await clock.settle()
    expect(sizes(pool)).toEqual({ a: 2, b: 2 })
    const waiting = follow(pool.acquire('c'))
    await clock.settle()
    expect(waiting.state).toBe('pending')
    held[0]?.destroy()
    await clock.settle()
    expect([waiting.state, sizes(pool)]).toEqual(['fulfilled', { a: 1, b: 2, c: 1 }])
    pool.flush('b', { leased: 'now' })
    await clock.advance(100)
    expect(pool.stats().size).toBe(4)
  })
})

describe('waiters of different keys do not starve one another (invariant 5)', () => {
  /** Keeps `count` acquires of a key waiting, each lease lasting `ms`. */
  function load(fixture: ReturnType<typeof testKeyedPool>, key: string, count: number, ms: number) {
    const { pool, clock } = fixture
    const served = { count: 0, stop: false }
    const again = async () => {
      while (!served.stop) {
        const lease = await pool.acquire(key, { timeout: 1_000_000 }).catch(() => undefined)
        if (lease === undefined) return
        await new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
        served.count++
        lease.release()
      }
    }
    for (let i = 0; i < count; i++) void again()
    return served
  }

  it('one acquire is served soon while another key has many waiters', async () => {
    const fixture = testKeyedPool({ total: 2 })
    const busy = load(fixture, 'a', 20, 10)
    await fixture.clock.advance(1_000)
    const waiting = follow(fixture.pool.acquire('b'))
    await fixture.clock.advance(1_200)
    expect(waiting.state).toBe('fulfilled')
    busy.stop = true
  })

  it.each([2, 5])('%i keys under the same load all get a fair part of it', async (keys) => {
    const fixture = testKeyedPool({ total: 2 })
    const loads = Array.from({ length: keys }, (_, i) => load(fixture, `key ${i}`, 4, 10))
    await fixture.clock.advance(20_000)
    const counts = loads.map(({ count }) => count)
    for (const each of loads) each.stop = true
    expect(Math.min(...counts)).toBeGreaterThan(Math.max(...counts) * 0.3)
    expect(counts.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(1_000)
  })

  it('one with a few slow leases, and one with many fast ones, are both served', async () => {
    const fixture = testKeyedPool({ total: 1 })
    const loads = [load(fixture, 'fast', 10, 1), load(fixture, 'slow', 1, 300)]
    await fixture.clock.advance(20_000)
    for (const each of loads) each.stop = true
    expect(loads[1]?.count).toBeGreaterThan(5)
    expect(loads[0]?.count).toBeGreaterThan(50)
  })

  it('when the waiters of the busy key are served in reverse order', async () => {
    const fixture = testKeyedPool({ total: 1, acquire: { order: 'lifo', timeout: 60_000 } })
    load(fixture, 'a', 10, 10)
    await fixture.clock.advance(500)
    const waiting = follow(fixture.pool.acquire('b'))
    await fixture.clock.advance(10_000)
    expect(waiting.state).toBe('fulfilled')
  })

  it('when the longest waiting of the busy key is a client that is at its limit', async () => {
    const fixture = testKeyedPool({ total: 2, acquire: { perClient: { max: 1 }, timeout: 100_000 } })
    await fixture.pool.acquire('a', { client: 'hung' })
    follow(fixture.pool.acquire('a', { client: 'hung' }))
    await fixture.clock.advance(100)
    load(fixture, 'a', 5, 10)
    await fixture.clock.advance(500)
    const waiting = follow(fixture.pool.acquire('b'))
    await fixture.clock.advance(10_000)
    expect(waiting.state).toBe('fulfilled')
  })

  it('when the busy key has one connection that several leases share, and never rests', async () => {
    const fixture = testKeyedPool({ total: 1 }, { capacity: () => 4 })
    const busy = load(fixture, 'a', 3, 10)
    await fixture.clock.advance(5)
    load(fixture, 'a', 3, 10)
    await fixture.clock.advance(500)
    const waiting = follow(fixture.pool.acquire('b'))
    await fixture.clock.advance(10_000)
    expect(waiting.state).toBe('fulfilled')
    busy.stop = true
  })

  it('when the key that waits for longest cannot be reached', async () => {
    const fixture = testKeyedPool({ total: 1, connect: { retry: true } })
    fixture.server('dead').state = 'down'
    follow(fixture.pool.acquire('dead', { timeout: 50_000 }))
    await fixture.clock.advance(10)
    const served: Outcome<void>[] = []
    for (let i = 0; i < 5; i++) {
      served.push(follow(fixture.pool.acquire('b').then((lease) => lease.release())))
      await fixture.clock.advance(200)
    }
    expect(served.map(({ state }) => state)).toEqual(Array(5).fill('fulfilled'))
    await fixture.clock.advance(20_000)
    expect(fixture.server('dead').opens.length).toBeGreaterThan(4)
  })

  it('when the key that waits for longest is paused', async () => {
    const fixture = testKeyedPool({ total: 1 })
    const a = fixture.pool.for('a')
    const held = await fixture.pool.acquire('b')
    a.pause()
    const paused = follow(a.acquire({ timeout: 50_000 }))
    const waiting = follow(fixture.pool.acquire('c'))
    held.release()
    await fixture.clock.settle()
    expect([paused.state, waiting.state]).toEqual(['pending', 'fulfilled'])
    a.resume()
    waiting.value.release()
    await fixture.clock.settle()
    expect(paused.state).toBe('fulfilled')
  })
})

describe('maxKeys', () => {
  it('puts out the key that was asked for longest ago of those that nobody uses', async () => {
    const { pool, clock } = testKeyedPool({ maxKeys: 3 })
    for (const key of ['a', 'b', 'c']) (await pool.acquire(key)).release()
    ;(await pool.acquire('a')).release()
    await pool.acquire('d')
    expect(Object.keys(sizes(pool)).sort()).toEqual(['a', 'c', 'd'])
    pool.tryAcquire('c')?.release()
    await pool.acquire('e')
    await clock.settle()
    expect(Object.keys(sizes(pool)).sort()).toEqual(['c', 'd', 'e'])
    expect(pool.stats().keys).toBe(3)
  })

  it('puts out none that is leased, waited for, opening, paused, listened to or referenced', async () => {
    const { pool, server } = testKeyedPool({ maxKeys: 6, perKey: 1 })
    await pool.acquire('leased')
    server('opening').state = 'hanging'
    follow(pool.acquire('opening'))
    pool.for('paused').pause()
    pool.for('listened').on('acquire', () => {})
    const referenced = pool.for('referenced')
    ;(await pool.acquire('unused')).release()
    await collectGarbage()
    for (const key of ['x', 'y', 'z']) (await pool.acquire(key)).release()
    expect([pool.stats().keys, Object.keys(sizes(pool)).sort()]).toEqual([6, ['leased', 'opening', 'z']])
    expect([pool.for('referenced') === referenced, pool.for('paused').stats().state]).toEqual([true, 'paused'])
  })

  it('rejects with OverloadedError when all keys are in use, and takes the next as soon as one is not', async () => {
    const { pool, clock } = testKeyedPool({ maxKeys: 2 })
    const [a] = [await pool.acquire('a'), await pool.acquire('b')]
    await expect(pool.acquire('c')).rejects.toMatchObject({ code: 'ERR_POOL_OVERLOADED', message: /maxKeys/ })
    await expect(pool.use('c', () => {})).rejects.toMatchObject({ code: 'ERR_POOL_OVERLOADED' })
    expect(pool.tryAcquire('c')).toBeUndefined()
    expect([pool.stats().keys, sizes(pool)]).toEqual([2, { a: 1, b: 1 }])
    a.release()
    await pool.acquire('c')
    await clock.settle()
    expect(sizes(pool)).toEqual({ b: 1, c: 1 })
  })

  it('never refuses a key that is known', async () => {
    const { pool } = testKeyedPool({ maxKeys: 1 })
    await pool.acquire('a')
    await expect(pool.acquire('a')).resolves.toBeDefined()
  })

  it('closes gracefully what it puts out, and begins anew when that key is asked for again', async () => {
    const { pool, clock, server, adapters } = testKeyedPool({ maxKeys: 1 })
    for (const key of ['a', 'b', 'a']) (await pool.acquire(key)).release()
    await clock.settle()
    expect([adapters, server('a').resources.map(({ closes }) => closes)]).toEqual([
      ['a', 'b', 'a'],
      [1, 0],
    ])
    expect(pool.stats()).toMatchObject({ keys: 1, size: 1, opened: 3, closed: { 'pool-closed': 2 } })
  })

  it('counts what it puts out against the total until that has closed (invariant 2)', async () => {
    const { pool, clock } = testKeyedPool({ maxKeys: 1, total: 1, close: { timeout: 500 } }, () => ({
      close: () => new Promise(() => {}),
    }))
    ;(await pool.acquire('a')).release()
    const waiting = follow(pool.acquire('b'))
    await clock.advance(499)
    expect([waiting.state, sizes(pool)]).toEqual(['pending', { a: 1 }])
    await clock.advance(1)
    expect([waiting.state, sizes(pool)]).toEqual(['fulfilled', { b: 1 }])
  })

  it('holds though a listener of what it puts out asks for more keys (re-entrance)', async () => {
    const { pool, clock } = testKeyedPool({ maxKeys: 2 })
    for (const key of ['a', 'b']) (await pool.acquire(key)).release()
    let most = 0
    const inner: Outcome<unknown>[] = []
    pool.on('disconnect', () => {
      most = Math.max(most, pool.stats().keys)
      if (inner.length < 5) inner.push(follow(pool.acquire(`inner ${inner.length}`).then((lease) => lease.release())))
      most = Math.max(most, pool.stats().keys)
    })
    const outer = follow(pool.acquire('c'))
    await clock.settle()
    expect(outer.state).not.toBe('pending')
    expect(Math.max(most, pool.stats().keys)).toBeLessThanOrEqual(2)
    await pool.destroy()
    expect(pool.stats().size).toBe(0)
  })
})
