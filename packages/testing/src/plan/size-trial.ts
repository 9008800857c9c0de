import { poisson } from '../simulation/load.js'
import { simulate } from '../simulation/simulate.js'
import { type PlanRequest, serviceOf } from './plan-request.js'

/** How a pool of one size fared. Durations are ms. */
export interface SizeTrial {
  readonly size: number
  readonly wait: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Share of the connections that were lent, on average. */
  readonly utilisation: number
  /** Connections that were opened, in all. */
  readonly opened: number
  /** Requests that gave up waiting. */
  readonly timedOut: number
  readonly meetsTarget: boolean
}

/** Told what is being simulated, and which share of it is done. */
export type OnTrial = (what: string, share: number) => void

/** Share of the time at the beginning that is left out: until the pool has grown. */
const WARM_UP = 0.1

/** Simulates a pool of `size`. The same seed brings the same requests to every size. */
export async function trySize(
  request: PlanRequest,
  size: number,
  onProgress: (share: number) => void,
): Promise<SizeTrial> {
  const { rate, connect, target, min, timeout, duration, seed } = request
  const report = await simulate({
    options: {
      size: { min: Math.min(min, size), max: size },
      acquire: { timeout },
      // An open takes as long as was said.
      connect: { timeout: Number.POSITIVE_INFINITY },
    },
    adapter: { connect },
    load: { arrivals: poisson({ rate }), service: serviceOf(request) },
    duration,
    warmup: duration * WARM_UP,
    seed,
    onProgress,
  })
  const [violation] = report.violations
  if (violation !== undefined) {
    throw new Error(
      `The pool broke invariant ${violation.invariant}: ${violation.message} (size ${size}, seed ${seed})`,
    )
  }
  const { p50, p99, max } = report.requests.wait
  const timedOut = Object.values(report.requests.rejected).reduce((sum, count) => sum + count, 0)
  return {
    size,
    wait: { p50, p99, max },
    utilisation: report.utilisation,
    opened: report.connections.opened,
    timedOut,
    // Who gave up is not among those who waited.
    meetsTarget: p99 <= target && timedOut === 0,
  }
}
