import type { Fleet, FleetReport } from './fleet.js'

/** What a run comes to. Durations are ms. */
export interface Figures {
  /** Logins that were tried while the database was down. */
  readonly attempts: number
  /** … within 10 ms of one another, at most, from the restart on. */
  readonly atOnce: number
  readonly mostSessions: number
  /** Requests that were not served. */
  readonly failed: number
  /** How long a request that was not served took to be told so, on average. */
  readonly toldAfter: number
  /** From the moment at which the database is up again until the last request that fails; `Infinity` when they fail to
   * the end. */
  readonly backAfter: number
  /** Of the requests of the last ten seconds that were served: 99 in 100 took no longer. */
  readonly p99: number
}

const window = 10
const end = 10_000
/** ms at the end: who fails there would fail later too. */
const last = 1_000

export function figuresOf({ restart, duration }: Fleet, report: FleetReport): Figures {
  const { outcomes, attempts, mostSessions } = report
  const upAt = restart.at + restart.downFor
  const failures = outcomes.filter(({ isServed }) => !isServed)
  const lastFailure = Math.max(upAt, ...failures.slice(-1_000).map(({ askedAt, took }) => askedAt + took))
  const served = outcomes.filter(({ isServed, askedAt }) => isServed && askedAt >= duration - end)
  const since = attempts.filter((at) => at >= restart.at)
  return {
    attempts: since.filter((at) => at < upAt).length,
    atOnce: mostWithin(since, window),
    mostSessions,
    failed: failures.length,
    toldAfter: failures.reduce((sum, { took }) => sum + took, 0) / Math.max(1, failures.length),
    backAfter: lastFailure >= duration - last ? Number.POSITIVE_INFINITY : lastFailure - upAt,
    p99: p99Of(served.map(({ took }) => took)),
  }
}

function mostWithin(moments: readonly number[], ms: number): number {
  let first = 0
  return moments.reduce((most, at, n) => {
    while ((moments[first] as number) <= at - ms) first++
    return Math.max(most, n - first + 1)
  }, 0)
}

function p99Of(durations: readonly number[]): number {
  const sorted = durations.toSorted((a, b) => a - b)
  return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NaN
}
