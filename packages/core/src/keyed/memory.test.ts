import { describe, expect, it } from 'vitest'
import { collectGarbage } from '../../test/keyed-model/collect-garbage.js'
import { type KeyedFixture, testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { TestResource } from '../../test/test-adapter.js'
import { follow } from '../../test/test-pool.js'
import type { KeyedPoolOptions } from './keyed-options.js'

const many = 20_000
const some = 1_000
/** Bytes that a key may seem to leave behind, as the heap is never quite the same twice; one that is kept leaves 4,000. */
const noise = 1_500

/** A resource and an adapter for nobody to keep a list of. */
function open({ connectionId }: { connectionId: number }): TestResource {
  return new TestResource(connectionId)
}

function fixtureWith(options: Partial<KeyedPoolOptions<string, TestResource>>): KeyedFixture {
  const adapter = { name: 'fleeting', open, close: () => {} }
  return testKeyedPool({ idle: { timeout: 1_000 }, adapter: () => adapter, ...options })
}

/** Bytes of the heap that are left after so many keys came and went, a key; after some that are not counted. */
async function leftPerKey(
  fixture: KeyedFixture,
  come: (key: string) => Promise<unknown> | unknown,
  count: number,
): Promise<number> {
  const comeAndGo = async (name: string, times: number) => {
    for (let i = 0; i < times; i++) {
      await come(`${name} ${i}`)
      if (i % 500 === 0) await fixture.clock.advance(100)
    }
    await fixture.clock.advance(20_000)
    await collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const before = await comeAndGo('warm-up', Math.min(count, some))
  const after = await comeAndGo('counted', count)
  return (after - before) / count
}

const ways: Record<
  string,
  {
    readonly options?: Partial<KeyedPoolOptions<string, TestResource>>
    readonly come: (fixture: KeyedFixture) => (key: string) => Promise<unknown> | unknown
  }
> = {
  'leased and released': {
    come:
      ({ pool }) =>
      async (key) =>
        (await pool.acquire(key)).release(),
  },
  'leased and retired': {
    come:
      ({ pool }) =>
      async (key) =>
        (await pool.acquire(key)).retire(),
  },
  'put out by the total limit': {
    options: { total: 10 },
    come:
      ({ pool }) =>
      async (key) =>
        (await pool.acquire(key)).release(),
  },
  'put out by `maxKeys`': {
    options: { maxKeys: 10 },
    come:
      ({ pool }) =>
      async (key) =>
        (await pool.acquire(key)).release(),
  },
  'put out by `maxKeys`, unused': {
    options: { maxKeys: 10, connect: { backoff: { maxDelay: 1_000 } }, adapter: () => refusing },
    come:
      ({ pool }) =>
      (key) =>
        pool.acquire(key).catch(() => {}),
  },
  'refused by their server': {
    options: { adapter: () => refusing, connect: { backoff: { maxDelay: 1_000 } } },
    come:
      ({ pool }) =>
      (key) =>
        pool.acquire(key).catch(() => {}),
  },
  'refused by an open circuit': {
    options: { adapter: () => refusing, connect: { breaker: { failures: 1, cooldown: 1_000 } } },
    come:
      ({ pool }) =>
      async (key) => {
        await pool.acquire(key).catch(() => {})
        await pool.acquire(key).catch(() => {})
      },
  },
  'aborted before they were asked for': {
    come:
      ({ pool }) =>
      (key) =>
        pool.acquire(key, { signal: AbortSignal.abort() }).catch(() => {}),
  },
  'waited for in vain, while somebody older waits': {
    options: { total: 1 },
    come: (fixture) => {
      const { pool } = fixture
      follow(pool.acquire('held'))
      follow(pool.acquire('waits for ever', { timeout: Number.POSITIVE_INFINITY }))
      return async (key) => {
        const controller = new AbortController()
        const waiting = follow(pool.acquire(key, { signal: controller.signal }))
        controller.abort()
        await Promise.resolve()
        return waiting
      }
    },
  },
  'looked at by `for(target)`': {
    come:
      ({ pool }) =>
      (key) =>
        void pool.for(key).stats(),
  },
  'listened to by `for(target)`, and no longer': {
    come:
      ({ pool }) =>
      (key) => {
        const listener = () => {}
        pool.for(key).on('acquire', listener)
        pool.for(key).off('acquire', listener)
      },
  },
  'closed by `for(target)`': {
    come:
      ({ pool }) =>
      async (key) => {
        ;(await pool.acquire(key)).release()
        await pool.for(key).close()
      },
  },
  'closed by `for(target)`, though listened to': {
    come:
      ({ pool }) =>
      async (key) => {
        pool.for(key).on('acquire', () => {})
        await pool.for(key).close()
      },
  },
  'listened to by `for(target)` after it was closed': {
    come:
      ({ pool }) =>
      async (key) => {
        const view = pool.for(key)
        await view.close()
        view.on('acquire', () => {})
      },
  },
  'asked for by `tryAcquire`, and flushed': {
    come:
      ({ pool }) =>
      (key) => {
        pool.tryAcquire(key)
        pool.flush(key)
      },
  },
}

const refusing = { name: 'refusing', open: () => Promise.reject(new Error('refused')), close: () => {} }

describe('keys leave nothing behind that were', () => {
  it.each(Object.keys(ways))('%s', { timeout: 60_000 }, async (way) => {
    const { options = {}, come } = ways[way] as (typeof ways)[string]
    const fixture = fixtureWith(options)
    const left = await leftPerKey(fixture, come(fixture), some)
    const { keys, leases, waiting, size } = fixture.pool.stats()
    // Of `total: 1` one key holds the connection and one waits for it.
    const kept = options.total === 1 ? 2 : (options.maxKeys ?? 0)
    expect(left).toBeLessThan(noise)
    expect([keys <= kept, size === leases, waiting <= 1]).toEqual([true, true, true])
    await fixture.pool.destroy()
    expect(fixture.clock.pending).toBe(0)
  })
})

it(`${many} keys seen and gone leave no memory, no timer and no listener`, { timeout: 60_000 }, async () => {
  const fixture = fixtureWith({ total: 100 })
  const { pool, clock } = fixture
  let turn = 0
  const come = async (key: string) => {
    turn++
    if (turn % 4 === 0) await pool.acquire(key, { signal: AbortSignal.abort() }).catch(() => {})
    else if (turn % 4 === 1) (await pool.acquire(key)).destroy()
    else (await pool.acquire(key)).release()
  }
  // Less than the pointer, the entry of a map and the text of a key that is kept.
  expect(await leftPerKey(fixture, come, many)).toBeLessThan(60)
  expect([pool.stats().keys, [...pool.connections()], clock.pending, pool.eventNames()]).toEqual([0, [], 0, []])
})

it('what forgotten keys have counted is still counted (invariant 10)', async () => {
  const { pool, clock } = fixtureWith({})
  for (let i = 0; i < 100; i++) (await pool.acquire(`key ${i}`)).release()
  await clock.advance(10_000)
  expect(pool.stats()).toMatchObject({ keys: 0, size: 0, opened: 100, acquired: 100, closed: { idle: 100 } })
})
