import fc from 'fast-check'
import {
  faultSchedule,
  load,
  poolOptions,
  type SimulatedAdapterOptions,
  type SimulatedPoolOptions,
  type SimulateOptions,
} from '../../../src/index.js'
import { anyLatency } from '../../../src/simulation/arbitraries/any-latency.js'

const off = Number.POSITIVE_INFINITY

/** ms of virtual time, and requests in it, about: short ones shrink well, long ones get far. */
const sizes = [
  { duration: 2_000, requests: 100 },
  { duration: 10_000, requests: 1_000 },
  { duration: 20_000, requests: 5_000 },
  { duration: 60_000, requests: 20_000 },
  { duration: 60_000, requests: 20_000 },
] as const

/** A simulation with any options, any faults and any load, of a pool with keys or without. */
export const anySimulation: fc.Arbitrary<SimulateOptions> = fc
  .tuple(fc.constantFrom(...sizes), fc.boolean())
  .chain(([{ duration, requests }, keys]) =>
    fc.record({
      seed: fc.nat(),
      options: keys ? anyKeyedOptions() : poolOptions(),
      adapter: anyAdapter(),
      faults: faultSchedule({ duration }),
      load: load({ duration, requests, keys }),
      duration: fc.constant(duration),
      checks: fc.constant('full' as const),
      samples: fc.constantFrom(20, 100),
    }),
  )
  .map((drawn) => (drawn.adapter.check === undefined ? { ...drawn, options: withoutChecks(drawn.options) } : drawn))

function anyAdapter(): fc.Arbitrary<SimulatedAdapterOptions> {
  return fc.record(
    {
      connect: anyLatency(30),
      check: anyLatency(5),
      reset: anyLatency(5),
      close: anyLatency(10),
      capacity: fc.integer({ min: 1, max: 4 }),
    },
    { requiredKeys: [] },
  )
}

function anyKeyedOptions(): fc.Arbitrary<SimulatedPoolOptions> {
  return fc.integer({ min: 1, max: 5 }).chain((perKey) =>
    fc
      .record({
        total: fc.constantFrom(off, 1, 3, 10),
        maxKeys: fc.constantFrom(off, 1, 3),
        options: poolOptions({ maxSize: perKey }),
      })
      .map(({ total, maxKeys, options }) => {
        const { min = 0, minSpare = 0 } = options.size ?? {}
        return { ...options, size: { min, minSpare: Math.min(minSpare, perKey) }, total, perKey, maxKeys }
      }),
  )
}

/** Where the adapter has no `check`, a pool takes no option that needs one. */
function withoutChecks(options: SimulatedPoolOptions): SimulatedPoolOptions {
  if (options.health === undefined) return options
  const { onAcquire: _, every: __, ...health } = options.health
  return { ...options, health }
}
