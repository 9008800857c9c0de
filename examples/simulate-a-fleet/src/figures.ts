import type { Fleet, FleetReport } from './fleet.js'

/** What a run comes to. Durations are ms. */
export interface Figures {
  /** Logins that were tried while the database was down. */
  readonly attempts: number
  /** Logins within 10 ms of one another, at most, once it was up again. */
  readonly atOnce: number
  readonly mostSessions: number
  /** Requests that were not served, in all, and of those that came when it was up again. */
  readonly failed: number
  readonly failedLater: number
  /** Processes that served nobody who came from five to ten seconds after it was up again. */
  readonly starved: number
  /** How long a request that was not served took to be told so, on average. */
  readonly toldAfter: number
  /** From the moment at which the database is up again until the last request that fails; `Infinity` when they fail to
   * the end. */
  readonly backAfter: number
}

const window = 10
const soon = { from: 5_000, to: 10_000 }
/** ms at the end: who fails there would fail later too. */
const last = 1_000

export function figuresOf({ processes, restart, duration }: Fleet, report: FleetReport): Figures {
  const { outcomes, attempts, mostSessions } = report
  const upAt = restart.at + restart.downFor
  const failures = outcomes.filter(({ isServed }) => !isServed)
  const lastFailure = failures.reduce((latest, { askedAt, took }) => Math.max(latest, askedAt + took), upAt)
  const soonAfter = outcomes.filter(({ askedAt }) => askedAt >= upAt + soon.from && askedAt < upAt + soon.to)
  const later = attempts.filter((at) => at >= upAt)
  return {
    attempts: attempts.filter((at) => at >= restart.at && at < upAt).length,
    atOnce: mostWithin(later, window),
    mostSessions,
    failed: failures.length,
    failedLater: failures.filter(({ askedAt }) => askedAt >= upAt).length,
    starved: processes - new Set(soonAfter.filter(({ isServed }) => isServed).map(({ process }) => process)).size,
    toldAfter: failures.reduce((sum, { took }) => sum + took, 0) / Math.max(1, failures.length),
    backAfter: lastFailure >= duration - last ? Number.POSITIVE_INFINITY : lastFailure - upAt,
  }
}

/** Of moments in their order: how many are less than so many ms apart, at most. */
function mostWithin(moments: readonly number[], ms: number): number {
  let first = 0
  return moments.reduce((most, at, n) => {
    while ((moments[first] as number) <= at - ms) first++
    return Math.max(most, n - first + 1)
  }, 0)
}
