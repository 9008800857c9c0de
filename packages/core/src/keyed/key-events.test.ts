import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { describe, expect, it } from 'vitest'
import { refused, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { follow } from '../../test/test-pool.js'
import type { PoolEvents } from '../pool/pool-events.js'

type Heard = [name: string, key: string | undefined]

function listenTo(pool: ReturnType<typeof testKeyedPool>['pool'], ...names: (keyof PoolEvents)[]): Heard[] {
  const heard: Heard[] = []
  for (const name of names) pool.on(name, ((event: { key?: string }) => heard.push([name, event.key])) as never)
  return heard
}

describe('every event carries the key', () => {
  it('of a connection’s life and of an acquire', async () => {
    const { pool, server, clock } = testKeyedPool()
    const heard = listenTo(
      pool,
      'acquiring',
      'connecting',
      'connect',
      'transition',
      'acquire',
      'release',
      'retire',
      'disconnect',
      'quiet',
      'connectError',
      'acquireError',
    )
    const lease = await pool.acquire('a')
    lease.retire()
    server('b').state = 'down'
    await follow(pool.acquire('b'))
    await clock.settle()
    expect(new Set(heard.map(([name]) => name)).size).toBe(11)
    expect(new Set(heard.map(([, key]) => key))).toEqual(new Set(['a', 'b']))
  })

  it('of the pool', async () => {
    const { pool } = testKeyedPool()
    const heard = listenTo(pool, 'pause', 'resume', 'flush', 'close')
    const a = pool.for('a')
    a.pause()
    a.resume()
    pool.flush('a')
    await a.close()
    expect(heard).toEqual([
      ['pause', 'a'],
      ['resume', 'a'],
      ['flush', 'a'],
      ['close', 'a'],
    ])
  })

  it('of trouble', async () => {
    const { pool, clock } = testKeyedPool(
      { acquire: { slow: 10, nested: 'warn' }, lease: { warnAfter: 20 }, perKey: 1 },
      { close: () => Promise.reject(refused) },
    )
    const heard = listenTo(pool, 'slow', 'leak', 'misuse', 'error')
    const held = await pool.acquire('a')
    const waiting = follow(pool.acquire('a'))
    await clock.advance(30)
    held.release()
    held.release()
    await clock.settle()
    waiting.value.retire()
    await clock.settle()
    expect(new Map(heard)).toEqual(
      new Map([
        ['leak', 'a'],
        ['misuse', 'a'],
        ['slow', 'a'],
        ['error', 'a'],
      ]),
    )
  })

  it.each([
    ['isUsable', 'is-usable'],
    ['setRef', 'set-ref'],
    ['watch', 'watch'],
  ])('of an `error` in the adapter’s %s', async (method, source) => {
    const { pool } = testKeyedPool(
      {},
      {
        [method]: () => {
          throw refused
        },
      },
    )
    const heard: unknown[] = []
    pool.on('error', (event) => heard.push([event.source, event.key]))
    for (let i = 0; i < 2; i++) (await pool.acquire('a')).release()
    expect(heard[0]).toEqual([source, 'a'])
  })

  it('of an `error` in a listener or a policy', async () => {
    const policy = {
      name: 'broken',
      onConnect: () => {
        throw refused
      },
    }
    const { pool } = testKeyedPool({ policies: [policy] })
    const heard: unknown[] = []
    pool.on('error', (event) => heard.push([event.source, event.key]))
    pool.on('acquire', () => {
      throw refused
    })
    await pool.acquire('a')
    expect(heard).toEqual([
      ['policy', 'a'],
      ['listener', 'a'],
    ])
  })

  it('on the diagnostics channels as well', async () => {
    const { pool } = testKeyedPool()
    const heard: unknown[] = []
    const listener = (event: unknown) => heard.push((event as { key?: string }).key)
    subscribe('millpond:connect', listener)
    try {
      await pool.acquire('a')
    } finally {
      unsubscribe('millpond:connect', listener)
    }
    expect(heard).toEqual(['a'])
  })
})

it('tells of an acquire that is refused before it has a pool, as of any other', async () => {
  const { pool } = testKeyedPool({ maxKeys: 1 })
  await pool.acquire('a')
  const heard: unknown[] = []
  pool.on('acquireError', ({ reason, key }) => heard.push([reason, key]))
  await expect(pool.acquire('b')).rejects.toMatchObject({ code: 'ERR_POOL_OVERLOADED' })
  expect([heard, pool.stats().rejected]).toEqual([[['overloaded', 'b']], 1])
})

it('counts and tells of an acquire that comes after `close`', async () => {
  const { pool } = testKeyedPool()
  const heard: unknown[] = []
  pool.on('acquireError', ({ reason }) => heard.push(reason))
  await pool.close()
  await expect(pool.acquire('a')).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' })
  expect([heard, pool.stats().rejected]).toEqual([['closed'], 1])
})

describe('a listener', () => {
  it('that comes late hears of keys that were known before', async () => {
    const { pool } = testKeyedPool()
    ;(await pool.acquire('a')).release()
    const heard = listenTo(pool, 'acquire')
    await pool.acquire('a')
    expect(heard).toEqual([['acquire', 'a']])
  })

  it('that has gone hears nothing', async () => {
    const { pool } = testKeyedPool()
    let times = 0
    const listener = () => times++
    pool.on('acquire', listener)
    await pool.acquire('a')
    pool.off('acquire', listener)
    await pool.acquire('a')
    expect(times).toBe(1)
  })

  it('may acquire, flush and close other keys from within any event (re-entrance)', async () => {
    const { pool, clock } = testKeyedPool({ total: 3, perKey: 2, idle: { timeout: 1_000 } })
    const events = ['connecting', 'connect', 'acquire', 'release', 'retire', 'disconnect', 'flush', 'quiet'] as const
    let acts = 0
    for (const name of events) {
      pool.on(name, () => {
        if (acts >= 60) return
        const key = 'abcd'[acts++ % 4] as string
        if (acts % 5 === 0) pool.flush(key)
        else if (acts % 7 === 0) void pool.for(key).close({ timeout: 50 })
        else follow(pool.acquire(key, { timeout: 300 }).then((lease) => lease.release()))
      })
    }
    ;(await pool.acquire('a')).release()
    await clock.advance(5_000)
    expect(acts).toBe(60)
    expect(pool.stats()).toMatchObject({ leases: 0, waiting: 0, size: 0 })
    const closed = follow(pool.close())
    await clock.settle()
    expect([closed.state, clock.pending]).toEqual(['fulfilled', 0])
  })
})
