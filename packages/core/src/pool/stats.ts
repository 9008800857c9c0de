import type { PoolCore } from './pool-core.js'
import type { PoolStats } from './pool-stats.js'

/** The pool at this moment. O(1) but for the ages, which look at every connection. */
export function readStats<R>(core: PoolCore<R>): PoolStats {
  const now = core.now()
  const oldest = oldestLease(core, now)
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
    ...(oldest === undefined ? {} : { oldestLease: oldest }),
    ...(waiter === undefined ? {} : { oldestWaiter: now - waiter.since }),
    ...(core.histograms === undefined
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

/** Age in ms of the lease that has been out longest. */
export function oldestLease<R>(core: PoolCore<R>, now: number): number | undefined {
  let since = Number.POSITIVE_INFINITY
  for (const { leases, leasedAt, tracked } of core.connections) {
    if (leases === 0) continue
    const [first] = tracked ?? []
    since = Math.min(since, first?.since ?? leasedAt)
  }
  return since === Number.POSITIVE_INFINITY ? undefined : now - since
}
