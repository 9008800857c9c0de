import type { Effort } from '../interleave.js'

/** Where a server answers. */
export const fullEffort: Effort = { rounds: 12, processes: 4, warmUp: 600, round: 250 }
export const quickEffort: Effort = { rounds: 4, processes: 2, warmUp: 400, round: 150 }
