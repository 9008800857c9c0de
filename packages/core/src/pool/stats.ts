import type { Connection } from '../connection/connection.js'
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

interface OldLease {
  readonly since: number
  /** Where it was acquired, if that is known. */
  readonly stack: string | undefined
}

/** The lease that has been out longest. It is looked for among all connections only when the one that was found last has
 * ended: what is lent later is younger, and thousands may ask in one turn. */
export function oldestLease<R>(core: PoolCore<R>): OldLease | undefined {
  const known = core.oldestLeased
  const lease = known === undefined ? undefined : oldestOf(known.connection)
  if (known !== undefined && lease?.since === known.since) return lease
  core.oldestLeased = undefined
  let oldest: OldLease | undefined
  for (const connection of core.connections) {
    const other = oldestOf(connection)
    if (other === undefined || (oldest !== undefined && other.since >= oldest.since)) continue
    oldest = other
    core.oldestLeased = { connection, since: other.since }
  }
  return oldest
}

function oldestOf<R>({ leases, since: leasedAt, tracked }: Connection<R>): OldLease | undefined {
  if (leases === 0) return undefined
  const [first] = tracked ?? []
  return { since: first?.since ?? leasedAt, stack: first?.claim.trace?.stack }
}
