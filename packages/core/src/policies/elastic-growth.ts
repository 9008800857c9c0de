/** What growth is decided from. All of it counts capacity; durations are ms. */
export interface Demand {
  /** Waiters that any connection could serve. */
  readonly waiting: number
  /** Connections that can serve sooner or later. */
  readonly servable: number
  /** Moving average of the time an open takes; NaN until one succeeded. */
  readonly connectTime: number
  /** Moving average of the time a lease lasts; NaN until one was sampled. */
  readonly leaseTime: number
  /** How long the oldest waiter has waited. */
  readonly oldestWait: number
}

/**
 * How many opens should be in flight for waiters: as many as should beat waiting for a release.
 *
 * With n connections, q waiters, lease time h and connect time c, the last waiter is served by a release after q·h/n;
 * where that is more than c, ⌈q·h/c⌉ connections would serve it within c. Estimates may be wrong or missing: once the
 * oldest waiter has waited c, the pool may double. HikariCP opens one per waiter and closes the surplus; this opens
 * what the surplus teaches.
 */
export function elasticOpens({ waiting, servable, connectTime, leaseTime, oldestWait }: Demand): number {
  if (servable === 0) return waiting
  if (Number.isNaN(connectTime)) return Math.min(waiting, 1)
  let opens = 0
  const work = waiting * leaseTime
  if (work / servable > connectTime) opens = Math.max(1, Math.ceil(work / connectTime) - servable)
  if (oldestWait >= connectTime) opens = Math.max(opens, servable)
  return Math.min(waiting, opens)
}
