import { afterEach, describe, expect, it, vi } from 'vitest'
import { collectGarbage } from '../../test/keyed-model/collect-garbage.js'
import { refused, sizes, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import type { TestResource } from '../../test/test-adapter.js'
import { follow } from '../../test/test-pool.js'
import type { Pool } from '../pool/pool.js'

afterEach(() => vi.restoreAllMocks())

it('is the same pool for every target of the key, and another for another key', () => {
  const { pool } = testKeyedPool({ key: (target) => target.toLowerCase() })
  const a = pool.for('a')
  expect([pool.for('a') === a, pool.for('A') === a, pool.for('b') === a]).toEqual([true, true, false])
})

it('shares its connections, its limits and its waiters with the keyed pool', async () => {
  const { pool, clock } = testKeyedPool({ perKey: 1 })
  const a = pool.for('a')
  const lease = await a.acquire()
  const [first, second] = [follow(pool.acquire('a')), follow(a.acquire())]
  expect([a.stats().waiting, pool.stats().waiting, a.tryAcquire(), pool.tryAcquire('a')]).toEqual([
    2,
    2,
    undefined,
    undefined,
  ])
  lease.release()
  await clock.settle()
  expect([first.state, second.state]).toEqual(['fulfilled', 'pending'])
  expect([...a.connections()].map(({ key }) => key)).toEqual(['a'])
})

it('counts its own key only', async () => {
  const { pool } = testKeyedPool()
  const a = pool.for('a')
  await pool.acquire('a')
  await pool.acquire('b')
  expect(a.stats()).toMatchObject({ size: 1, leases: 1, acquired: 1, opened: 1, max: 10 })
})

it('has histograms of its own key, or none', async () => {
  const { pool } = testKeyedPool({ stats: 'full' })
  const a = pool.for('a')
  await pool.acquire('a')
  for (let i = 0; i < 5; i++) await pool.acquire('b')
  const { histograms } = a.stats()
  expect(histograms?.connect.count ?? 1).toBe(1)
})

it('has everything a pool has', async () => {
  const { pool, clock } = testKeyedPool()
  const a = pool.for('a')
  await a.warm(3)
  expect(sizes(pool)).toEqual({ a: 3 })
  a.flush()
  await clock.settle()
  expect(sizes(pool)).toEqual({})
  await expect(a.use((resource) => resource.id)).resolves.toBe(4)
  a.pause({ waiters: 'reject' })
  await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
  await expect(pool.acquire('b')).resolves.toBeDefined()
  a.resume()
  a.resize({ max: 1 })
  const held = await pool.acquire('a')
  const waiting = follow(pool.acquire('a'))
  await clock.settle()
  expect([waiting.state, a.stats().max]).toEqual(['pending', 1])
  held.release()
})

describe('while it is referenced', () => {
  it('its key is known, though nothing is open', async () => {
    const { pool, clock } = testKeyedPool({ idle: { timeout: 1_000 } })
    const a = pool.for('a')
    ;(await a.acquire()).release()
    await clock.advance(10_000)
    expect([pool.stats().keys, pool.stats().size, pool.for('a') === a]).toEqual([1, 0, true])
    await collectGarbage()
    expect(pool.for('a') === a).toBe(true)
    await a.acquire()
    expect(sizes(pool)).toEqual({ a: 1 })
  })

  it('what it was told holds, and is not forgotten with its connections', async () => {
    const { pool, clock } = testKeyedPool({ idle: { timeout: 1_000 } })
    const a = pool.for('a')
    a.resize({ max: 2 })
    ;(await a.acquire()).release()
    await clock.advance(10_000)
    for (let i = 0; i < 3; i++) follow(pool.acquire('a'))
    await clock.settle()
    expect([sizes(pool), a.stats().max]).toEqual([{ a: 2 }, 2])
  })
})

describe('when nobody has it any more', () => {
  it('its key is forgotten, where nothing is open', async () => {
    const { pool } = testKeyedPool()
    void pool.for('a').name
    await collectGarbage()
    expect(pool.stats().keys).toBe(0)
  })

  it('its key is forgotten with its last connection', async () => {
    const { pool, clock } = testKeyedPool({ idle: { timeout: 1_000 } })
    await pool.for('a').use(() => {})
    await collectGarbage()
    expect(pool.stats().keys).toBe(1)
    await clock.advance(2_000)
    expect(pool.stats().keys).toBe(0)
  })

  it('a pause holds, since nothing else would know of it', async () => {
    const { pool } = testKeyedPool()
    pool.for('a').pause({ waiters: 'reject' })
    await collectGarbage()
    await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_PAUSED' })
    pool.for('a').resume()
    await expect(pool.acquire('a')).resolves.toBeDefined()
  })

  it('nor is forgotten that it was resumed, or made smaller', async () => {
    const { pool, clock } = testKeyedPool({ start: 'paused', idle: { timeout: 1_000 } })
    pool.for('a').resume()
    pool.for('a').resize({ max: 1 })
    ;(await pool.acquire('a')).release()
    await collectGarbage()
    await clock.advance(10_000)
    const lease = await pool.acquire('a')
    expect([lease.connection.key, pool.for('a').stats().max]).toEqual(['a', 1])
  })

  it('but somebody listens to it, it goes on hearing of its key', async () => {
    const { pool, clock } = testKeyedPool({ idle: { timeout: 1_000 } })
    const heard: number[] = []
    pool.for('a').on('connect', ({ connection }) => heard.push(connection.id))
    await collectGarbage()
    ;(await pool.acquire('a')).release()
    await clock.advance(10_000)
    await collectGarbage()
    await pool.acquire('a')
    expect(heard).toEqual([1, 2])
  })

  it('its key is forgotten once the last listener has gone, and nothing of it is left on the keyed pool', async () => {
    const { pool } = testKeyedPool()
    const listener = () => {}
    pool.for('a').on('connect', listener)
    pool.for('a').once('connect', listener)
    pool.for('a').off('connect', listener)
    await collectGarbage()
    expect([pool.stats().keys, pool.eventNames()]).toEqual([0, []])
  })
})

describe('its events', () => {
  it('are those of its key only, and say so', async () => {
    const { pool } = testKeyedPool()
    const heard: [string, string | undefined][] = []
    for (const name of ['connecting', 'connect', 'acquire', 'release', 'disconnect'] as const) {
      pool.for('a').on(name, (event: { key?: string }) => heard.push([name, event.key]))
    }
    for (const key of ['b', 'a', 'c']) (await pool.acquire(key)).retire()
    expect(heard).toEqual([
      ['connecting', 'a'],
      ['connect', 'a'],
      ['acquire', 'a'],
      ['release', 'a'],
      ['disconnect', 'a'],
    ])
  })

  it('are heard `once` where that is asked for', async () => {
    const { pool } = testKeyedPool()
    let times = 0
    const a = pool.for('a')
    a.once('acquire', () => times++)
    await pool.acquire('b')
    for (let i = 0; i < 3; i++) await pool.acquire('a')
    expect([times, a.listenerCount('acquire'), pool.listenerCount('acquire')]).toEqual([1, 0, 0])
  })

  it('tell of `error`s in its key', async () => {
    const { pool, clock } = testKeyedPool({}, { close: () => Promise.reject(refused) })
    const heard: unknown[] = []
    pool.for('a').on('error', ({ error, key }) => heard.push([error, key]))
    for (const key of ['a', 'b']) {
      pool.on('error', () => {})
      ;(await pool.acquire(key)).retire()
    }
    await clock.settle()
    expect(heard).toEqual([[refused, 'a']])
  })

  it('do not keep an `error` of another key, which nobody listens to, from being warned of', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { pool, clock } = testKeyedPool({}, { close: () => Promise.reject(refused) })
    pool.for('a').on('error', () => {})
    ;(await pool.acquire('b')).retire()
    await clock.settle()
    expect(warn).toHaveBeenCalledOnce()
  })

  it('do not keep a `leak` of another key, which nobody listens to, from being warned of', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { pool, clock } = testKeyedPool({ lease: { warnAfter: 50 } })
    pool.for('a').on('leak', () => {})
    await pool.acquire('b')
    await clock.advance(100)
    expect(warn).toHaveBeenCalledOnce()
  })

  it('go on when the keyed pool’s own listeners are removed', async () => {
    const { pool } = testKeyedPool()
    const heard: string[] = []
    pool.for('a').on('acquire', () => heard.push('view'))
    pool.on('acquire', () => heard.push('keyed'))
    pool.removeAllListeners()
    await pool.acquire('a')
    expect(heard).toEqual(['view'])
  })

  it('reach its other listeners and those of other keys though one throws, and its error is told', async () => {
    const { pool } = testKeyedPool()
    const heard: string[] = []
    pool.for('a').on('acquire', () => {
      throw refused
    })
    pool.for('b').on('acquire', () => heard.push('b'))
    pool.on('error', ({ error, source }) => heard.push(`${source}: ${(error as Error).message}`))
    await pool.acquire('a')
    await pool.acquire('b')
    expect(heard).toEqual(['listener: ECONNREFUSED', 'b'])
  })
})

describe('closing it', () => {
  it('closes the pool of its key, and no other', async () => {
    const { pool, clock } = testKeyedPool()
    const [a, b] = [await pool.acquire('a'), await pool.acquire('b')]
    const closed = follow(pool.for('a').close())
    await clock.settle()
    expect([closed.state, pool.stats().state]).toEqual(['pending', 'running'])
    a.release()
    await clock.settle()
    expect([closed.state, b.signal.aborted]).toEqual(['fulfilled', false])
    expect(sizes(pool).b).toBe(1)
  })

  it('rejects its waiters and its later acquires, while the next acquire of the key begins anew', async () => {
    const { pool, clock } = testKeyedPool({ perKey: 1 })
    const a = pool.for('a')
    const held = await pool.acquire('a')
    const waiting = follow(pool.acquire('a'))
    void a.close()
    await clock.settle()
    expect(waiting.error).toMatchObject({ code: 'ERR_POOL_CLOSED' })
    await expect(a.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
    const anew = await pool.acquire('a')
    expect([anew.resource === held.resource, pool.for('a') === a, sizes(pool)]).toEqual([false, false, { a: 2 }])
    held.release()
    await clock.settle()
    expect([sizes(pool), a.stats().state, pool.for('a').stats().state]).toEqual([{ a: 1 }, 'closed', 'running'])
  })

  it('gives its share of the total back as its connections close (invariant 2)', async () => {
    const { pool, clock } = testKeyedPool({ total: 1 })
    const held = await pool.acquire('a')
    void pool.for('a').close()
    const waiting = follow(pool.acquire('a'))
    await clock.settle()
    expect([waiting.state, pool.stats().size]).toEqual(['pending', 1])
    held.release()
    await clock.settle()
    expect([waiting.state, pool.stats().size]).toEqual(['fulfilled', 1])
  })

  it('leaves no timer behind, though its last open has failed (invariant 7)', async () => {
    const { pool, clock, server } = testKeyedPool()
    server('a').state = 'down'
    const a = pool.for('a')
    await expect(a.acquire()).rejects.toMatchObject({ cause: refused })
    await a.close()
    expect(clock.pending).toBe(0)
  })

  it('ends its events: it hears nothing of the pool that comes after it', async () => {
    const { pool } = testKeyedPool()
    const heard: string[] = []
    const a = pool.for('a')
    for (const name of ['acquire', 'connect', 'close'] as const) a.on(name, () => heard.push(name))
    await a.close()
    ;(await pool.acquire('a')).release()
    await pool.close()
    expect(heard).toEqual(['close'])
  })

  it('is not heard by the pool that comes after it', async () => {
    const { pool, clock } = testKeyedPool()
    const held = await pool.acquire('a')
    void pool.for('a').close()
    await pool.acquire('a')
    const heard: string[] = []
    const anew = pool.for('a')
    for (const name of ['disconnect', 'release', 'close'] as const) anew.on(name, () => heard.push(name))
    held.release()
    await clock.settle()
    expect([heard, anew.stats().state]).toEqual([[], 'running'])
  })

  it('leaves nothing of it on the keyed pool, though somebody still listens', async () => {
    const { pool } = testKeyedPool()
    const a = pool.for('a')
    a.on('error', () => {})
    await a.close()
    expect([pool.eventNames(), pool.stats().keys]).toEqual([[], 0])
  })

  it('is what `destroy` does too, at once', async () => {
    const { pool } = testKeyedPool()
    const held = await pool.acquire('a')
    await pool.for('a').destroy()
    expect([held.signal.aborted, sizes(pool)]).toEqual([true, {}])
    await expect(pool.acquire('a')).resolves.toBeDefined()
  })
})

it('is refused once the keyed pool is closing', async () => {
  const { pool } = testKeyedPool()
  await pool.close()
  expect(() => pool.for('a')).toThrow(expect.objectContaining({ code: 'ERR_POOL_CLOSED' }))
})

it('is closed with the keyed pool', async () => {
  const { pool } = testKeyedPool()
  const views: Pool<TestResource>[] = ['a', 'b'].map((key) => pool.for(key))
  await pool.acquire('a').then((lease) => lease.release())
  await pool.close()
  expect(views.map((view) => view.stats().state)).toEqual(['closed', 'closed'])
  await expect(views[1]?.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
})
