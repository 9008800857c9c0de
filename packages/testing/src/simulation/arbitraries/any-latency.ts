import fc from 'fast-check'
import { empirical, exponential, type Latency, lognormal } from '../latency.js'

/** How long something takes, some `typical` ms: a number, or any distribution. Never nothing where `above0`. */
export function anyLatency(typical: number, above0 = false): fc.Arbitrary<Latency> {
  const ms = fc.integer({ min: 1, max: Math.max(1, Math.round(2 * typical)) })
  return fc.oneof(
    above0 ? ms : fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 4, arbitrary: ms }),
    ms.map((mean) => exponential({ mean })),
    fc.tuple(ms, fc.integer({ min: 1, max: 10 })).map(([p50, spread]) => lognormal({ p50, p99: p50 * spread })),
    fc.array(ms, { minLength: 1, maxLength: 4 }).map((samples) => empirical(samples)),
  )
}
