import type { PoolCore } from './pool-core.js'

/** Nothing is leased any more and nobody waits: to be called when either came to an end. */
export function tellQuiet<R>(core: PoolCore<R>): void {
  if (core.leases === 0 && core.queue.size === 0 && core.moments.quiet.wanted) core.moments.quiet.tell(core, {})
}
