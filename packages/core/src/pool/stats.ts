import type { PoolCore } from './pool-core.js'
import type { PoolStats } from './pool-stats.js'

/** The pool at this moment. O(1) but for the ages, which look at every connection. */
export function readStats<R>(core: PoolCore<R>): PoolStats {
  const now = core.now()
  const oldest = oldestLease(core)
  const waiter = core.queue.oldest
  return {
    state: core.state,
    generation: core.generation,
    min: core.min,
    max: core.max,
    size: core.size,
    connecting: core.connecting,
    connected: core.connected,
    idle: core.idling,
    closing: core.closing,
    leases: core.leases,
    waiting: core.queue.size,
    ...core.totals,
    closed: { ...core.totals.closed },
    ...(oldest === undefined ? {} : { oldestLease: now - oldest.since }),
    ...(waiter === undefined ? {} : { oldestWaiter: now - waiter.since }),
    // Those of a keyed pool are of all its keys.
    ...(core.histograms === undefined || core.key !== undefined
      ? {}
      : {
          histograms: {
            wait: core.histograms.wait.snapshot(),
            connect: core.histograms.connect.snapshot(),
            lease: core.histograms.lease.snapshot(),
          },
        }),
  }
}

/** The lease that has been out longest: since when, and where it was acquired if that is known. */
export function oldestLease<R>(
  core: PoolCore<R>,
): { readonly since: number; readonly stack: string | undefined } | undefined {
  let oldest: { since: number; stack: string | undefined } | undefined
  for (const { leases, leasedAt, tracked } of core.connections) {
    if (leases === 0) continue
    const [first] = tracked ?? []
    const since = first?.since ?? leasedAt
    if (oldest === undefined || since < oldest.since) oldest = { since, stack: first?.claim.trace?.stack }
  }
  return oldest
}
