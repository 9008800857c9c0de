import type { PoolOptions } from '@millpond/core'
import fc from 'fast-check'

export interface AnyPoolOptions {
  /** Connections at most, in any of them. Default 8. */
  readonly maxSize?: number
  /** Whether the adapter has `check`: without, no options that need one. Default true. */
  readonly hasCheck?: boolean
}

const off = Number.POSITIVE_INFINITY

/** Options of a pool in any combination that it accepts, with durations from milliseconds to seconds: what is switched
 * off by default is on in a good part of them. They shrink towards no options at all. */
export function poolOptions({ maxSize = 8, hasCheck = true }: AnyPoolOptions = {}): fc.Arbitrary<PoolOptions> {
  return fc
    .record(
      {
        size: some({
          min: fc.nat({ max: maxSize }),
          max: fc.integer({ min: 1, max: maxSize }),
          minSpare: fc.nat({ max: 2 }),
        }),
        acquire: some({
          timeout: oneOf(50, 300, 1_000, 5_000),
          maxWaiting: oneOf(off, 0, 2, 20),
          order: oneOf('fifo' as const, 'lifo' as const),
          adaptive: oneOf<boolean | object>(false, true, { target: 5, interval: 100 }),
          perClient: fc.record({ max: fc.integer({ min: 1, max: 3 }) }),
          nested: oneOf('off' as const, 'warn' as const),
          slow: oneOf(off, 20),
        }),
        connect: some({
          timeout: oneOf(50, 200, 1_000, off),
          concurrency: oneOf(off, 1, 2),
          growth: oneOf('elastic' as const, 'eager' as const),
          backoff: some({
            initialDelay: oneOf(5, 50),
            maxDelay: oneOf(100, 500),
            factor: oneOf(1, 2, 3),
            jitter: oneOf(0, 0.2, 1),
          }),
          breaker: oneOf<boolean | object>(false, true, { failures: 1, cooldown: 80 }, { failures: 3, cooldown: 400 }),
          retry: fc.boolean(),
        }),
        idle: some({
          timeout: oneOf(20, 200, 2_000, off),
          max: fc.oneof(fc.constant(off), fc.nat({ max: maxSize })),
          reuse: oneOf('lifo' as const, 'fifo' as const, 'random' as const),
        }),
        lifetime: some({ maxAge: oneOf(off, 100, 1_000), jitter: oneOf(0, 0.2, 1), maxUses: oneOf(off, 1, 2, 10) }),
        health: some({
          after: oneOf(0, 20, 500),
          timeout: oneOf(50, 200),
          ...(hasCheck ? { onAcquire: fc.boolean(), every: oneOf(off, 50, 500), concurrency: oneOf(1, 2) } : {}),
        }),
        release: some({ timeout: oneOf(50, 200) }),
        close: some({ timeout: oneOf(50, 200) }),
        capacity: some({ placement: oneOf('packed' as const, 'spread' as const) }),
        lease: some({ warnAfter: oneOf(off, 50, 500), maxDuration: oneOf(off, 100, 1_000) }),
        stats: oneOf('basic' as const, 'basic' as const, 'basic' as const, 'full' as const),
      },
      { requiredKeys: [] },
    )
    .map((drawn) => fitting(drawn as PoolOptions))
}

function some<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  return fc.record(model, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>
}

function oneOf<T>(...values: readonly T[]): fc.Arbitrary<T> {
  return fc.constantFrom(...values)
}

/** What contradicts is brought together: the minimum goes down to the maximum, `idle.max` up to what is kept idle. */
function fitting(drawn: PoolOptions): PoolOptions {
  const { max = 10, min = 0, minSpare = 0 } = drawn.size ?? {}
  const kept = Math.min(max, Math.max(min, minSpare))
  const size = drawn.size === undefined ? {} : { size: capped(drawn.size, max) }
  const { idle } = drawn
  if (idle?.max === undefined || idle.max >= kept) return { ...drawn, ...size }
  return { ...drawn, ...size, idle: { ...idle, max: kept } }
}

function capped(size: NonNullable<PoolOptions['size']>, max: number): NonNullable<PoolOptions['size']> {
  const { min, minSpare } = size
  return {
    ...size,
    ...(min === undefined ? {} : { min: Math.min(min, max) }),
    ...(minSpare === undefined ? {} : { minSpare: Math.min(minSpare, max) }),
  }
}
