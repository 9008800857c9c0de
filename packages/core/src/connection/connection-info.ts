import type { StateName } from './connection-table.js'

/** What can be seen of a connection. In events and on a lease it is live; `pool.connections()` yields snapshots. */
export interface ConnectionInfo {
  /** 1, 2, 3 … in the order in which the opens began. */
  readonly id: number
  /** The statechart's state as a path, such as `idle.checking`. */
  readonly state: StateName
  /** The pool's generation when its open began; older ones are stale. */
  readonly generation: number
  /** Leases it has had. */
  readonly uses: number
  /** When its open succeeded, in ms of the pool's clock; undefined before. */
  readonly openedAt: number | undefined
  /** Since when nobody has it, in ms of the pool's clock; undefined unless idle. May be late by half a percent of `idle.timeout`, or 5 ms. */
  readonly idleSince: number | undefined
  /** Leases it has now. */
  readonly leases: number
  /** The destination, in a keyed pool. */
  readonly key?: string | undefined
}
