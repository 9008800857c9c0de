import { type Distribution, exponential, lognormal, meanOf } from '../simulation/latency.js'

/** What a plan is made for. Durations are ms. */
export interface PlanRequest {
  /** Requests a second. */
  readonly rate: number
  /** How long requests hold their connection. */
  readonly p50: number
  readonly p99: number | undefined
  /** How long an open takes. */
  readonly connect: number
  /** What 99 in 100 requests may wait at most. */
  readonly target: number
  /** Connections at most. */
  readonly max: number
  /** Connections kept open. */
  readonly min: number
  /** The pool's `acquire.timeout`. */
  readonly timeout: number
  /** … of virtual time. */
  readonly duration: number
  readonly seed: number
}

/** The usual shape of a server's latencies, and the one of queueing theory where only the median is known. */
export function serviceOf({ p50, p99 }: Pick<PlanRequest, 'p50' | 'p99'>): Distribution {
  return p99 === undefined ? exponential({ mean: p50 / Math.LN2 }) : lognormal({ p50, p99 })
}

/** Connections that the requests keep busy on average, if they are enough: rate · mean (Little 1961). */
export function offeredLoad({ rate, p50, p99 }: Pick<PlanRequest, 'rate' | 'p50' | 'p99'>): number {
  return (rate * meanOf(serviceOf({ p50, p99 }))) / 1_000
}

/** The smallest size whose queue does not grow for ever. */
export function keepsUp(load: number): number {
  return Math.floor(load) + 1
}
