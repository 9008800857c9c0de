import type { AgentStats } from '../agent/agent-stats.js'

/** As an agent's: sums over all origins, each origin's own, and what was sent again. */
export type DispatcherStats = AgentStats
