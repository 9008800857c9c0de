import type { Effort } from '../interleave.js'

/** Where a server answers. Two processes of one client differ by more than two rounds of one process. */
export const fullEffort: Effort = { rounds: 12, processes: 4, warmUp: 2_000, round: 400 }
/** Where two do nearly the same: a row tells them apart by more processes, each of which has one round. */
export const closeEffort: Effort = { rounds: 10, processes: 10, warmUp: 2_000, round: 400 }
/** Where a thousand callers wait for ten connections: each is to have several answers in a round. */
export const queueingEffort: Effort = { rounds: 9, processes: 3, warmUp: 1_500, round: 600 }
export const quickEffort: Effort = { rounds: 3, warmUp: 300, round: 150 }
