import { describe, expect, it } from 'vitest'
import { testKeyedPool } from '../../test/keyed-model/keyed-fixture.js'
import { type TestResource, testAdapter } from '../../test/test-adapter.js'
import { follow } from '../../test/test-pool.js'
import { createKeyedPool } from './create-keyed-pool.js'
import type { KeyedPoolOptions } from './keyed-options.js'

type Given = KeyedPoolOptions<string, TestResource>

const key = (target: string) => target
const adapter = () => testAdapter()

function create(options: object) {
  return createKeyedPool({ key, adapter, ...options } as Given)
}

const invalid = (option: string) => expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION', option })

it.each([
  ['total', 0],
  ['total', 1.5],
  ['total', Number.NaN],
  ['total', '3'],
  ['total', null],
  ['perKey', 0],
  ['perKey', -1],
  ['maxKeys', 0],
  ['maxKeys', 2.5],
  ['key', 'host'],
  ['key', undefined],
  ['adapter', {}],
  ['adapter', undefined],
])('refuses %s: %j when it is made, and names the option', (option, value) => {
  expect(() => create({ [option]: value })).toThrow(invalid(option))
})

it.each([
  ['acquire.timeout', { acquire: { timeout: 0 } }],
  ['idle.timeout', { idle: { timeout: 0 } }],
  ['connect.breaker.failures', { connect: { breaker: { failures: 0 } } }],
  ['acquire.perClient.max', { acquire: { perClient: {} } }],
  ['lease.maxDuration', { lease: { maxDuration: -1 } }],
  ['policies[0].name', { policies: [{}] }],
  ['size.min', { size: { min: -1 } }],
  ['size.max', { size: { max: 0 } }],
  ['size', { size: 5 }],
  ['size', { size: null }],
  ['clock', { clock: {} }],
  ['name', { name: '' }],
  ['totl', { totl: 3 }],
])('refuses what no pool would take (%s) when it is made, before any key is known', (option, options) => {
  expect(() => create(options)).toThrow(invalid(option))
})

it.each([undefined, null, 'a', []])('refuses %j for its options', (options) => {
  expect(() => createKeyedPool(options as never)).toThrow(expect.objectContaining({ code: 'ERR_POOL_INVALID_OPTION' }))
})

it('says which option was meant by one that is almost spelled right, its own included', () => {
  expect(() => create({ totl: 3 })).toThrow(/Did you mean total\?/)
  expect(() => create({ perkey: 3 })).toThrow(/Did you mean perKey\?/)
  expect(() => create({ acquire: { timout: 3 } })).toThrow(/Did you mean timeout\?/)
})

it('refuses a size.min beyond perKey', () => {
  expect(() => create({ size: { min: 3 }, perKey: 2 })).toThrow(invalid('size.min'))
})

it('takes Infinity for every limit', () => {
  expect(() => create({ total: Infinity, perKey: Infinity, maxKeys: Infinity })).not.toThrow()
})

describe('perKey', () => {
  it('is size.max unless it is given, and 10 without either', () => {
    const maxOf = (options: object) => create(options).for('a').stats().max
    expect([maxOf({}), maxOf({ size: { max: 4 } }), maxOf({ size: { max: 4 }, perKey: 3 })]).toEqual([10, 4, 3])
  })
})

describe('name', () => {
  it('is the keyed pool’s in errors and events of every key', async () => {
    const { pool, clock } = testKeyedPool({ name: 'origins', perKey: 1 })
    const named: string[] = []
    pool.on('acquire', (event) => named.push(event.pool))
    await pool.acquire('a')
    const waiting = follow(pool.acquire('a', { timeout: 10 }))
    await clock.advance(10)
    expect([pool.name, pool.for('a').name, named, waiting.error.message]).toEqual([
      'origins',
      'origins',
      ['origins'],
      expect.stringContaining('"origins"'),
    ])
  })

  it('has a default', () => {
    expect(create({}).name).toMatch(/\w/)
  })
})

describe('an adapter that cannot do what an option asks', () => {
  it('is refused when its key is first asked for, and leaves nothing behind', async () => {
    const { pool, clock } = testKeyedPool({ health: { every: 1_000 } }, (key) =>
      key === 'able' ? { check: async () => {} } : {},
    )
    await expect(pool.acquire('unable')).rejects.toMatchObject({
      code: 'ERR_POOL_INVALID_OPTION',
      option: 'health.every',
    })
    ;(await pool.acquire('able')).release()
    await expect(pool.acquire('unable')).rejects.toMatchObject({ option: 'health.every' })
    expect(pool.stats()).toMatchObject({ keys: 1, size: 1 })
    await pool.close()
    expect(clock.pending).toBe(0)
  })

  it('has each key done what its own adapter can, in whatever order they come', async () => {
    const done: string[] = []
    const { pool } = testKeyedPool({}, (key) => {
      if (key === 'resets') return { reset: async () => void done.push('reset') }
      if (key === 'looks') return { isUsable: () => done.push('look') > 0 }
      return key === 'shares' ? { capacity: () => 2 } : {}
    })
    for (const key of ['plain', 'resets', 'looks', 'shares']) {
      const lease = await pool.acquire(key)
      expect(pool.tryAcquire(key) !== undefined).toBe(key === 'shares')
      lease.release()
    }
    await new Promise(setImmediate)
    pool.tryAcquire('looks')
    expect(done).toEqual(['reset', 'look'])
  })

  it('does not change what holds for the keys of others', async () => {
    const checks: string[] = []
    const { pool, clock } = testKeyedPool({ health: { after: 10 } }, (key) =>
      key === 'checked' ? { check: async () => void checks.push(key) } : {},
    )
    for (const target of ['plain', 'checked']) (await pool.acquire(target)).release()
    await clock.advance(1_000)
    for (const target of ['plain', 'checked']) (await pool.acquire(target)).release()
    expect(checks).toEqual(['checked'])
  })
})

it('gives every key the pools’ options', async () => {
  const { pool, clock, server } = testKeyedPool({
    idle: { timeout: 1_000 },
    lifetime: { maxUses: 2 },
    connect: { timeout: 100 },
  })
  ;(await pool.acquire('a')).release()
  await clock.advance(1_011)
  expect(pool.stats().closed.idle).toBe(1)
  for (let i = 0; i < 2; i++) (await pool.acquire('b')).release()
  await clock.settle()
  expect(pool.stats().closed.uses).toBe(1)
  server('c').state = 'hanging'
  const failing = follow(pool.acquire('c'))
  await clock.advance(100)
  expect(failing.error).toMatchObject({ code: 'ERR_POOL_CONNECT' })
})

it('attaches each of the policies to the pool of every key once, and detaches it once', async () => {
  const log: string[] = []
  let pools = 0
  const policy = {
    name: 'log',
    attach: () => {
      const id = ++pools
      log.push(`attach ${id}`)
      return { detach: () => void log.push(`detach ${id}`) }
    },
  }
  const { pool, clock } = testKeyedPool({ policies: [policy], idle: { timeout: 1_000 } })
  for (const target of ['a', 'b']) (await pool.acquire(target)).release()
  await clock.advance(2_000)
  expect(pool.stats().keys).toBe(0)
  await pool.acquire('a').then((lease) => lease.release())
  await pool.close()
  expect(log.sort()).toEqual(['attach 1', 'attach 2', 'attach 3', 'detach 1', 'detach 2', 'detach 3'])
})
