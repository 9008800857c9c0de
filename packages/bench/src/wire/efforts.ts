import type { Effort } from '../interleave.js'

/** Where a server answers. Two processes of one client differ by more than two rounds of one process; and where an answer
 * takes long, it is three seconds until V8 has compiled all that is called. */
export const fullEffort: Effort = { rounds: 12, processes: 4, warmUp: 4_000, round: 400 }
/** Where two do nearly the same: more processes tell them apart. */
export const closeEffort: Effort = { rounds: 16, processes: 8, warmUp: 4_000, round: 400 }
/** Where a thousand callers wait for ten connections: each is to have several answers in a round. */
export const queueingEffort: Effort = { rounds: 9, processes: 3, warmUp: 1_500, round: 600 }
/** Warmed up for less, not half of a client is compiled. */
export const quickEffort: Effort = { rounds: 3, warmUp: 1_500, round: 200 }
