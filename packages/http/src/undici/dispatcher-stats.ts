import type { KeyedPoolStats } from '@millpond/core'
import { type AgentStats, countOrigins } from '../agent/agent-stats.js'
import type { DispatchTarget } from './dispatch-target.js'
import type { DispatcherPool } from './dispatcher-pool.js'

/** As an agent's: sums over all origins, each origin's own, and what was sent again. `acquired` are requests that got a
 * connection, `waiting` those that wait for one. */
export type DispatcherStats = AgentStats

/** What a dispatcher counts beyond its pool. */
export type OwnCounts = Pick<KeyedPoolStats, 'acquired'> & Pick<DispatcherStats, 'resent' | 'stale'>

export function readStats(pool: DispatcherPool, targets: Iterable<DispatchTarget>, own: OwnCounts): DispatcherStats {
  const held = [...targets]
  const origins = new Map(held.map(({ key, origin }) => [key, origin]))
  const waiting = held.flatMap(({ origin, queued }) => Array<string>(queued).fill(origin))
  return {
    ...pool.stats(),
    ...own,
    waiting: waiting.length,
    origins: countOrigins(pool.connections(), waiting, (key) => origins.get(key) ?? key),
  }
}
