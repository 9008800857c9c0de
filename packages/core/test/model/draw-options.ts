import fc from 'fast-check'
import type { PoolOptions } from '../../src/index.js'

const off = Number.POSITIVE_INFINITY
const maybe = <T>(value: T, weight = 1) => fc.option(fc.constant(value), { nil: undefined, freq: weight })
const sometimes = <T>(...values: T[]) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(false as const) }, { weight: 1, arbitrary: fc.constantFrom(...values) })

/** Options of a pool, everything switched on in random combination. */
export const options: fc.Arbitrary<PoolOptions> = fc
  .record({
    size: fc.record({ min: fc.nat({ max: 3 }), max: fc.integer({ min: 1, max: 5 }), minSpare: maybe(1, 4) }),
    acquire: fc.record({
      timeout: fc.constantFrom(50, 300, 1_000, 5_000),
      maxWaiting: fc.constantFrom(2, 5, off, off, off, off),
      order: fc.constantFrom('fifo', 'fifo', 'lifo'),
      slow: fc.constantFrom(20, off),
      adaptive: sometimes({ target: 5, interval: 100 }, { target: 30, interval: 60 }),
      perClient: sometimes({ max: 1 }, { max: 2 }),
      nested: fc.constantFrom('off', 'off', 'warn', 'error', 'error'),
    }),
    connect: fc.record({
      timeout: fc.constantFrom(100, 500),
      concurrency: fc.constantFrom(1, 2, off, off),
      growth: fc.constantFrom('elastic', 'eager'),
      backoff: fc.constantFrom({}, { initialDelay: 10, maxDelay: 40 }),
      breaker: sometimes({ failures: 1, cooldown: 80 }, { failures: 2, cooldown: 400 }),
      retry: fc.boolean(),
    }),
    idle: fc.record({
      timeout: fc.constantFrom(40, 500, 5_000, off),
      max: fc.constantFrom(3, off),
      reuse: fc.constantFrom('lifo', 'fifo', 'random'),
    }),
    lifetime: fc.record({
      maxAge: fc.constantFrom(300, 3_000, off),
      jitter: fc.constantFrom(0, 0.2),
      maxUses: fc.constantFrom(1, 3, off, off, off),
    }),
    health: fc.record({
      after: fc.constantFrom(0, 30, 500),
      every: fc.constantFrom(60, 900, off),
      concurrency: fc.constantFrom(1, 2),
      timeout: fc.constantFrom(50, 200),
    }),
    release: fc.record({ timeout: fc.constantFrom(50, 200) }),
    close: fc.record({ timeout: fc.constantFrom(50, 200) }),
    capacity: fc.record({ placement: fc.constantFrom('packed', 'spread') }),
    lease: fc.record({
      warnAfter: fc.constantFrom(60, 400, off, off),
      maxDuration: fc.constantFrom(100, 700, off, off, off, off),
    }),
    stats: fc.constantFrom('basic', 'basic', 'basic', 'full'),
    start: fc.constantFrom(...Array<'ready'>(6).fill('ready'), 'paused'),
  } as const)
  .map((given) => {
    const max = given.size.max
    const min = Math.min(given.size.min, max)
    const minSpare = given.size.minSpare ?? 0
    return {
      ...given,
      size: { min, max, minSpare },
      // The model resizes at will: an idle.max below any min it may ask for would only be refused.
      idle: { ...given.idle, max: Math.max(given.idle.max, min, minSpare, 2) },
    } as PoolOptions
  })
