import type { Effort } from '../interleave.js'

/** Where a server answers. */
export const fullEffort: Effort = { rounds: 12, processes: 3, warmUp: 1_500, round: 250 }
export const quickEffort: Effort = { rounds: 3, warmUp: 300, round: 150 }
