import type { PoolCore } from '../pool/pool-core.js'
import type { TrackedLease } from './tracked-lease.js'

/** The lease is off the pool's books: its client may have another, and nobody looks out for it any longer. */
export function endTracking<R>(core: PoolCore<R>, lease: TrackedLease<R>): void {
  core.leaseWatch?.end(lease)
  if (lease.client !== undefined) core.queue.clients?.returned(lease.client)
}
