import type { PoolCore } from '../pool/pool-core.js'
import type { PoolStats } from '../pool/pool-stats.js'
import { readStats } from '../pool/stats.js'
import { addTotals, noTotals, type Totals } from '../pool/totals.js'

type Summed = Omit<PoolStats, 'state' | 'max' | 'histograms'>

/** The sums over many pools, and over those that are gone; ages are those of the oldest, the generation the highest. */
export function sumStats<R>(cores: Iterable<PoolCore<R>>, gone: Totals): Summed {
  const totals = noTotals()
  addTotals(totals, gone)
  const sum = {
    generation: 0,
    min: 0,
    size: 0,
    connecting: 0,
    connected: 0,
    idle: 0,
    closing: 0,
    leases: 0,
    waiting: 0,
  }
  const ages: { oldestLease?: number; oldestWaiter?: number } = {}
  for (const core of cores) {
    const stats = readStats(core)
    addTotals(totals, core.totals)
    for (const name of Object.keys(sum) as (keyof typeof sum)[]) {
      if (name !== 'generation') sum[name] += stats[name]
    }
    sum.generation = Math.max(sum.generation, stats.generation)
    for (const age of ['oldestLease', 'oldestWaiter'] as const) {
      const ms = stats[age]
      if (ms !== undefined) ages[age] = Math.max(ages[age] ?? 0, ms)
    }
  }
  return { ...sum, ...totals, ...ages }
}
