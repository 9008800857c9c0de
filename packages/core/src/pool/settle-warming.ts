import type { PoolCore } from './pool-core.js'

/** Those of `warm` that have what they wanted, or as much of it as there may be. */
export function settleWarming<R>(core: PoolCore<R>): void {
  if (core.warming === undefined) return
  for (const warming of core.warming) {
    if (core.servable >= Math.min(warming.count, core.max, core.options.idle.max)) warming.resolve()
  }
}
