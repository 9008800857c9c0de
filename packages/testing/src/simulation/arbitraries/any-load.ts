import fc from 'fast-check'
import { exponential } from '../latency.js'
import { type Arrivals, bursty, closed, type Load, type LoadStream, poisson, timestamps } from '../load.js'
import { anyLatency } from './any-latency.js'

export interface AnyLoad {
  /** ms within which requests come. Default 10 000. */
  readonly duration?: number
  /** Requests that may be expected, about. Default 500. */
  readonly requests?: number
  /** Whether streams name keys, for a keyed pool. Default false. */
  readonly keys?: boolean
}

/** Loads of up to three streams of every kind. They shrink towards one plain stream of few requests. */
export function load({ duration = 10_000, requests = 500, keys = false }: AnyLoad = {}): fc.Arbitrary<Load> {
  const share = Math.max(1, requests / 2)
  return fc.array(anyStream(duration, share, keys), { minLength: 1, maxLength: 3 })
}

function anyStream(duration: number, requests: number, keys: boolean): fc.Arbitrary<LoadStream> {
  const names = (letters: readonly string[]) => fc.subarray([...letters], { minLength: 1 })
  const share = fc.constantFrom(0.01, 0.1, 1)
  const streams = fc.record(
    {
      arrivals: anyArrivals(duration, requests),
      service: anyLatency(duration / 300),
      patience: anyLatency(duration / 20, true),
      leaves: fc.constantFrom('timeout' as const, 'abort' as const),
      client: names(['a', 'b', 'c']),
      priority: fc.constantFrom(0, 1, -3),
      fresh: share.filter((fresh) => fresh < 1),
      ends: fc.record({ retire: fc.constantFrom(0, 0.05, 0.5), destroy: fc.constantFrom(0, 0.05, 0.5) }),
      ...(keys ? { key: names(['x', 'y', 'z', 'u', 'v']) } : {}),
    },
    { requiredKeys: ['arrivals', 'service'] },
  )
  return streams.map(({ leaves, ...stream }) =>
    leaves === undefined || stream.patience === undefined ? stream : { ...stream, leaves },
  )
}

function anyArrivals(duration: number, requests: number): fc.Arbitrary<Arrivals> {
  const count = fc.integer({ min: 1, max: Math.ceil(requests) })
  const rate = count.map((count) => (count / duration) * 1_000)
  const phase = fc.integer({ min: Math.ceil(duration / 200), max: Math.ceil(duration / 10) })
  return fc.oneof(
    rate.map((rate) => poisson({ rate })),
    fc
      .record({ rate, calm: phase, burst: phase, factor: fc.integer({ min: 2, max: 20 }) })
      .map(({ rate, calm, burst, factor }) => {
        const mean = (calm + burst * factor) / (calm + burst)
        return bursty({ rate: rate / mean, peak: (rate * factor) / mean, calm, burst: exponential({ mean: burst }) })
      }),
    fc
      .array(fc.nat({ max: Math.floor(duration) }), { minLength: 1, maxLength: Math.ceil(Math.min(requests, 50)) })
      .map((at) => timestamps(at)),
    fc
      .record({ clients: fc.integer({ min: 1, max: 20 }), rate, isEven: fc.boolean() })
      .map(({ clients, rate, isEven }) => {
        const think = Math.max(1, (clients / rate) * 1_000)
        return closed({ clients, think: isEven ? think : exponential({ mean: think }) })
      }),
  )
}
