import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { leaseAll, sizes, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { follow } from '../../test/test-pool.js'

it('opens nothing and knows no key before it is asked', () => {
  const { pool, adapters, clock } = testKeyedPool()
  expect([pool.stats().keys, adapters, [...pool.connections()], clock.pending]).toEqual([0, [], [], 0])
})

describe('acquire', () => {
  it('shares connections among targets with the same key, and not with others', async () => {
    const { pool, server } = testKeyedPool({ key: (target) => target.toLowerCase() })
    const first = await pool.acquire('A')
    const { resource } = first
    first.release()
    const again = await pool.acquire('a')
    expect([again.resource === resource, again.reused]).toEqual([true, true])
    const other = await pool.acquire('b')
    expect([other.resource === resource, other.reused]).toEqual([false, false])
    expect([server('A').opens.length, server('b').opens.length]).toEqual([1, 1])
  })

  it('makes the adapter of a key once while the key is known', async () => {
    const { pool, adapters } = testKeyedPool()
    for (let i = 0; i < 3; i++) (await pool.acquire('a')).release()
    await leaseAll(pool, 'b', 2)
    expect(adapters).toEqual(['a', 'b'])
  })

  it('takes the empty text for a key like any other', async () => {
    const { pool } = testKeyedPool()
    const heard: (string | undefined)[] = []
    pool.on('connect', ({ key }) => heard.push(key))
    const lease = await pool.acquire('')
    expect([lease.connection.key, [...pool.connections()][0]?.key, heard]).toEqual(['', '', ['']])
  })

  it('keeps keys apart that are names of what every object has', async () => {
    const { pool } = testKeyedPool()
    const keys = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
    const leases = await Promise.all(keys.map((key) => pool.acquire(key)))
    expect(leases.map(({ connection }) => connection.key)).toEqual(keys)
    expect(pool.stats()).toMatchObject({ keys: 4, size: 4 })
  })

  it('obeys the options of an acquire in the pool of its key', async () => {
    const { pool, clock } = testKeyedPool({ perKey: 1 })
    const held = await pool.acquire('a')
    const controller = new AbortController()
    const aborted = follow(pool.acquire('a', { signal: controller.signal }))
    const timed = follow(pool.acquire('a', { timeout: 50 }))
    const low = follow(pool.acquire('a'))
    const high = follow(pool.acquire('a', { priority: 1 }))
    controller.abort()
    await clock.advance(50)
    expect([aborted.error.name, timed.error.name]).toEqual(['AbortError', 'TimeoutError'])
    held.release()
    await clock.settle()
    expect([high.state, low.state]).toEqual(['fulfilled', 'pending'])
  })

  it('opens a fresh connection for one that wants it, though another key has opened since', async () => {
    const { pool } = testKeyedPool()
    const old = await pool.acquire('a')
    old.release()
    ;(await pool.acquire('b')).release()
    const fresh = await pool.acquire('a', { fresh: true })
    expect([fresh.reused, fresh.connection.id]).toEqual([false, 3])
  })
})

describe('tryAcquire', () => {
  it('lends an idle connection of the key at once', async () => {
    const { pool } = testKeyedPool()
    ;(await pool.acquire('a')).release()
    const lease = pool.tryAcquire('a')
    expect([lease?.reused, lease?.connection.id, pool.stats().leases]).toEqual([true, 1, 1])
  })

  it('returns undefined for a key that has none idle, and does not take one of another key', async () => {
    const { pool } = testKeyedPool()
    ;(await pool.acquire('a')).release()
    expect(pool.tryAcquire('b')).toBeUndefined()
    expect(pool.tryAcquire('a')).toBeDefined()
    expect(pool.tryAcquire('a')).toBeUndefined()
  })

  it('makes no pool, no adapter and no timer for a key that is not known', () => {
    const { pool, adapters, clock } = testKeyedPool()
    expect(pool.tryAcquire('a')).toBeUndefined()
    expect([pool.stats().keys, adapters, clock.pending]).toEqual([0, [], 0])
  })

  it('makes no pool for a key whose pool has been closed', async () => {
    const { pool, adapters, clock } = testKeyedPool()
    ;(await pool.acquire('a')).release()
    await pool.for('a').close()
    expect(pool.tryAcquire('a')).toBeUndefined()
    expect(adapters).toEqual(['a'])
    await clock.settle()
  })

  it('never overtakes a waiter of its key', async () => {
    const { pool } = testKeyedPool({ perKey: 1 })
    const held = await pool.acquire('a')
    follow(pool.acquire('a'))
    const tried: unknown[] = []
    pool.on('release', () => tried.push(pool.tryAcquire('a')))
    held.release()
    expect(tried).toEqual([undefined])
  })

  it('returns undefined once the pool is closing or closed', async () => {
    const { pool } = testKeyedPool()
    const held = await pool.acquire('a')
    ;(await pool.acquire('a')).release()
    const closed = pool.close()
    expect(pool.tryAcquire('a')).toBeUndefined()
    held.release()
    await closed
    expect(pool.tryAcquire('a')).toBeUndefined()
  })
})

describe('use', () => {
  const fatal = new Error('protocol violation')

  it('passes the resource and the lease, gives back, and returns what its function returns', async () => {
    const { pool } = testKeyedPool()
    const result = await pool.use('a', (resource, lease) => [resource === lease.resource, lease.connection.key])
    expect(result).toEqual([true, 'a'])
    expect(pool.stats()).toMatchObject({ leases: 0, idle: 1 })
  })

  it('destroys the connection after an error that the adapter of the key calls fatal', async () => {
    const { pool } = testKeyedPool({}, (key) => ({ isFatal: (error) => key === 'a' && error === fatal }))
    await expect(pool.use('a', () => Promise.reject(fatal))).rejects.toBe(fatal)
    await expect(pool.use('b', () => Promise.reject(fatal))).rejects.toBe(fatal)
    expect(sizes(pool)).toEqual({ b: 1 })
  })

  it('knows a nested use of the same key, and lets one of another key be', async () => {
    const { pool } = testKeyedPool({ acquire: { nested: 'error' } })
    await expect(pool.use('a', () => pool.use('b', () => 'fine'))).resolves.toBe('fine')
    await expect(pool.use('a', () => pool.use('a', () => {}))).rejects.toMatchObject({
      code: 'ERR_POOL_NESTED_ACQUIRE',
    })
  })
})

it('opens in the async context in which it was made, whoever asks (async context)', async () => {
  const storage = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const { pool } = storage.run('creation', () =>
    testKeyedPool({}, { close: () => void seen.push(storage.getStore()), check: undefined as never }),
  )
  const lease = await storage.run('request', () => pool.acquire('a'))
  storage.run('request', () => lease.retire())
  expect(seen).toEqual(['creation'])
})

describe('flush', () => {
  it('of a target ends the connections of its key only: the idle now, the leased on release (invariant 8)', async () => {
    const { pool, clock } = testKeyedPool()
    const [leased] = await leaseAll(pool, 'a', 2).then(([first, second]) => {
      second?.release()
      return [first]
    })
    ;(await pool.acquire('b')).release()
    pool.flush('a')
    await clock.settle()
    expect(sizes(pool)).toEqual({ a: 1, b: 1 })
    leased?.release()
    await clock.settle()
    expect(sizes(pool)).toEqual({ b: 1 })
    expect(pool.stats().closed.stale).toBe(2)
  })

  it('of a target takes leased connections away at once when asked to', async () => {
    const { pool } = testKeyedPool()
    const [a, b] = [await pool.acquire('a'), await pool.acquire('b')]
    pool.flush('a', { leased: 'now' })
    expect([a.signal.aborted, b.signal.aborted]).toEqual([true, false])
  })

  it('of a key that is not known makes no pool', () => {
    const { pool, adapters } = testKeyedPool()
    pool.flush('a')
    expect([pool.stats().keys, adapters]).toEqual([0, []])
  })

  it('without a target ends those of all keys', async () => {
    const { pool, clock } = testKeyedPool()
    const held = await pool.acquire('c')
    for (const key of ['a', 'b']) (await pool.acquire(key)).release()
    pool.flush(undefined, { leased: 'now' })
    await clock.settle()
    expect([sizes(pool), held.signal.aborted]).toEqual([{}, true])
  })

  it('without a target lends nothing old to a listener of its events, of whatever key (invariant 8)', async () => {
    const { pool } = testKeyedPool()
    for (const key of ['a', 'b', 'c']) (await pool.acquire(key)).release()
    const lent: unknown[] = []
    pool.on('flush', () => {
      for (const key of ['a', 'b', 'c']) lent.push(pool.tryAcquire(key)?.connection.key)
    })
    pool.flush()
    expect(lent.filter((key) => key !== undefined)).toEqual([])
  })

  it('refuses options that make no sense, whether or not there is anything to flush', async () => {
    const { pool } = testKeyedPool()
    const invalid = expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option: 'flush.leased' })
    expect(() => pool.flush(undefined, { leased: 'soon' as never })).toThrow(invalid)
    expect(() => pool.flush('a', { leased: 'soon' as never })).toThrow(invalid)
  })

  it('closes on arrival what was opening, and reopens for who waits', async () => {
    const { pool, clock, server } = testKeyedPool()
    server('a').delay = 100
    const waiting = follow(pool.acquire('a'))
    await clock.advance(50)
    pool.flush('a')
    await clock.advance(50)
    expect(waiting.state).toBe('pending')
    await clock.advance(100)
    expect([waiting.state, waiting.value.connection.generation]).toEqual(['fulfilled', 1])
    expect(server('a').resources[0]?.open).toBe(false)
  })
})

describe('connections and leases', () => {
  it('say their key, in snapshots and in live views, and have ids of their own', async () => {
    const { pool } = testKeyedPool()
    const leases = await Promise.all(['a', 'b', 'a'].map((key) => pool.acquire(key)))
    expect(leases.map(({ connection }) => connection.key)).toEqual(['a', 'b', 'a'])
    const seen = [...pool.connections()]
    expect(seen.map(({ id }) => id).sort()).toEqual([1, 2, 3])
    expect(Object.fromEntries(seen.map(({ id, key }) => [id, key]))).toEqual({ 1: 'a', 2: 'b', 3: 'a' })
  })

  it('stay listed until they are closed, also those of a key that has begun anew', async () => {
    const { pool, clock } = testKeyedPool({}, { close: () => new Promise(() => {}) })
    ;(await pool.acquire('a')).release()
    void pool.for('a').close()
    await pool.acquire('a')
    expect([...pool.connections()].map(({ state }) => state).sort()).toEqual(['closing.graceful', 'connected.leased'])
    await clock.advance(5_000)
    expect([...pool.connections()].map(({ state }) => state)).toEqual(['connected.leased'])
  })
})

it('is disposed of by closing', async () => {
  const { pool } = testKeyedPool()
  ;(await pool.acquire('a')).release()
  await pool[Symbol.asyncDispose]()
  expect(pool.stats()).toMatchObject({ state: 'closed', size: 0 })
})
