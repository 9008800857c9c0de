import { describe, expect, it } from 'vitest'
import { testAdapter } from '../../test/test-adapter.js'
import { virtualClock } from '../../test/virtual-clock.js'
import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { createPool } from './create-pool.js'
import type { PoolOptions } from './pool-options.js'
import { resolveOptions } from './resolve-options.js'

const plain = testAdapter()
const checking = testAdapter({ check: async () => {} })
const off = Number.POSITIVE_INFINITY

function refusal(options: unknown, adapter: unknown = checking): InvalidOptionError {
  try {
    createPool(adapter as typeof checking, options as PoolOptions)
  } catch (error) {
    if (error instanceof InvalidOptionError) return error
    throw error
  }
  throw new Error(`taken: ${JSON.stringify(options)}`)
}

/** `{ a: { b: value } }` for the path `a.b`. */
function at(path: string, value: unknown): Record<string, unknown> {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Record<string, unknown>
}

it('has the defaults that the design gives', () => {
  expect(resolveOptions(plain)).toEqual({
    name: 'test',
    size: { min: 0, max: 10, minSpare: 0 },
    acquire: {
      timeout: 30_000,
      maxWaiting: off,
      order: 'fifo',
      adaptive: undefined,
      perClient: undefined,
      nested: 'off',
      slow: off,
    },
    connect: {
      timeout: 10_000,
      concurrency: off,
      growth: 'elastic',
      backoff: { initialDelay: 100, maxDelay: 5_000, factor: 2, jitter: 0.2 },
      breaker: undefined,
      retry: false,
    },
    idle: { timeout: 30_000, max: off, reuse: 'lifo' },
    lifetime: { maxAge: off, jitter: 0.025, maxUses: off },
    health: { onAcquire: false, after: 500, every: off, concurrency: 2, timeout: 5_000 },
    release: { timeout: 5_000 },
    close: { timeout: 5_000 },
    capacity: { placement: 'packed' },
    lease: { warnAfter: off, maxDuration: off },
    policies: [],
    stats: 'basic',
    clock: expect.objectContaining({ now: expect.any(Function), setTimeout: expect.any(Function) }),
    random: Math.random,
    inspect: undefined,
    start: 'ready',
  })
})

it('checks on acquire by default where the adapter can check', () => {
  expect(resolveOptions(checking).health.onAcquire).toBe(true)
  expect(resolveOptions(checking, { health: { onAcquire: false } }).health.onAcquire).toBe(false)
})

it('keeps what is given, and fills in the rest of the group', () => {
  const clock = virtualClock()
  const random = () => 0.5
  const resolved = resolveOptions(checking, {
    name: 'orders',
    size: { max: 3 },
    connect: { backoff: { factor: 1 } },
    clock,
    random,
    start: 'paused',
  })
  expect(resolved).toMatchObject({
    name: 'orders',
    size: { min: 0, max: 3 },
    connect: { timeout: 10_000, backoff: { initialDelay: 100, factor: 1 } },
    start: 'paused',
  })
  expect(resolved.clock).toBe(clock)
  expect(resolved.random).toBe(random)
})

describe('refuses by name, value and what is allowed', () => {
  const durations = ['acquire.timeout', 'acquire.slow', 'connect.timeout', 'connect.backoff.initialDelay']
    .concat('connect.backoff.maxDelay', 'idle.timeout', 'lifetime.maxAge', 'health.every', 'health.timeout')
    .concat('release.timeout', 'close.timeout')
  const bad: [path: string, values: unknown[]][] = [
    ...durations.map((path): [string, unknown[]] => [path, [0, -1, Number.NaN, '5', null, true]]),
    ['health.after', [-1, Number.NaN, '5', null]],
    ['size.min', [-1, 1.5, '1', Number.NaN, off, null]],
    ['size.max', [0, -1, 1.5, '1', Number.NaN, null]],
    ['size.minSpare', [-1, 1.5, '1', off]],
    ['acquire.maxWaiting', [-1, 1.5, '1', Number.NaN]],
    ['acquire.order', ['random', 1, null]],
    ['connect.concurrency', [0, 1.5, '1', -1]],
    ['connect.growth', ['lazy', true]],
    ['connect.retry', ['yes', 1, null]],
    ['connect.backoff', [null, 5, []]],
    ['connect.backoff.factor', [0.9, 0, '2', off, Number.NaN]],
    ['connect.backoff.jitter', [-0.1, 1.1, '0']],
    ['idle.max', [-1, 1.5, '1']],
    ['idle.reuse', ['newest', 2]],
    ['lifetime.jitter', [-0.1, 1.1, '0']],
    ['lifetime.maxUses', [0, 1.5, '1']],
    ['health.onAcquire', ['yes', 1]],
    ['health.concurrency', [0, 1.5, '1']],
    ['name', ['', 5, null]],
    ['stats', ['none', true]],
    ['random', [0.5, 'seed']],
    ['start', ['now', true]],
    ['clock', [null, 5, {}, { now: () => 0 }]],
    ['inspect', [true, {}, () => {}]],
    ...['size', 'acquire', 'connect', 'idle', 'lifetime', 'health', 'release', 'close'].map(
      (path): [string, unknown[]] => [path, [null, 5, 'all', []]],
    ),
  ]
  it.each(bad)('%s', (path, values) => {
    for (const value of values) {
      const error = refusal(at(path, value))
      expect(error.option, String(value)).toBe(path)
      expect(error.value).toBe(value)
      expect(error.message).toContain(`Invalid option ${path}: `)
      expect(error.message).toContain(error.allowed)
      expect(error.allowed.length).toBeGreaterThan(5)
    }
  })

  it('options that are not an object', () => {
    for (const options of [null, 5, 'fast', []]) expect(refusal(options).option).toBe('options')
  })
})

it('suggests the nearest name for a misspelled option, in a group and at the top', () => {
  expect(refusal({ size: { maximum: 5 } })).toMatchObject({ option: 'size.maximum', allowed: /Did you mean max\?/ })
  expect(refusal({ connect: { backof: {} } }).allowed).toContain('Did you mean backoff?')
  expect(refusal({ connect: { backoff: { maxDelya: 5 } } }).option).toBe('connect.backoff.maxDelya')
  expect(refusal({ connect: { backoff: { maxDelya: 5 } } }).allowed).toContain('Did you mean maxDelay?')
  expect(refusal({ aquire: {} }).allowed).toContain('Did you mean acquire?')
  expect(refusal({ lifetme: {} }).allowed).toContain('Did you mean lifetime?')
  expect(refusal({ helth: {} }).allowed).toContain('Did you mean health?')
  expect(refusal({ clok: {} }).allowed).toContain('Did you mean clock?')
})

it('refuses what contradicts something else, and says what', () => {
  expect(refusal({ size: { min: 5, max: 4 } })).toMatchObject({ option: 'size.min', allowed: 'at most size.max (4)' })
  expect(refusal({ size: { minSpare: 5, max: 4 } })).toMatchObject({ option: 'size.minSpare' })
  expect(refusal({ size: { min: 3 }, idle: { max: 2 } })).toMatchObject({ option: 'idle.max', allowed: /at least 3/ })
  expect(refusal({ size: { minSpare: 3 }, idle: { max: 2 } })).toMatchObject({ option: 'idle.max' })
  expect(refusal({ connect: { backoff: { initialDelay: 100, maxDelay: 50 } } })).toMatchObject({
    option: 'connect.backoff.maxDelay',
    allowed: 'at least connect.backoff.initialDelay (100)',
  })
  expect(refusal({ health: { onAcquire: true } }, plain)).toMatchObject({ option: 'health.onAcquire' })
  expect(refusal({ health: { every: 1000 } }, plain)).toMatchObject({ option: 'health.every' })
  expect(refusal({ health: { every: 1000 } }, plain).message).toContain('adapter "test" has no check()')
})

it('refuses an adapter that lacks what is required, by name', () => {
  const { name, open, close } = plain
  expect(refusal({}, 'tcp')).toMatchObject({ option: 'adapter' })
  expect(refusal({}, null)).toMatchObject({ option: 'adapter' })
  expect(refusal({}, { open, close })).toMatchObject({ option: 'adapter.name' })
  expect(refusal({}, { name: '', open, close })).toMatchObject({ option: 'adapter.name' })
  expect(refusal({}, { name, close })).toMatchObject({ option: 'adapter.open', message: /adapter "test" needs it/ })
  expect(refusal({}, { name, open })).toMatchObject({ option: 'adapter.close', message: /adapter "test" needs it/ })
})

it('refuses an adapter whose optional methods are no functions', () => {
  for (const method of ['destroy', 'isUsable', 'check', 'reset', 'watch', 'setRef', 'capacity', 'isFatal']) {
    expect(refusal({}, { ...plain, [method]: true })).toMatchObject({ option: `adapter.${method}`, value: true })
  }
})

it('takes an adapter whose methods come from its class', () => {
  class Lines {
    readonly name = 'lines'
    open() {
      return {}
    }
    close() {}
  }
  expect(resolveOptions(new Lines()).name).toBe('lines')
})
