import type { Pool } from '../pool/pool.js'
import { fn, oneOf, type Reader, readGroup } from '../pool/read-options.js'
import { type EjectOptions, readEjection } from './ejection.js'
import { type GroupOptions, groupOf, groupReaders } from './group-of.js'
import { type PickName, pickBy } from './pick.js'

export interface BalanceOptions extends GroupOptions {
  /** Where an acquire begins: 'p2c' (default) at the less loaded of two drawn at random, 'round-robin' at one after the
   * other, 'least-leased' at the least loaded of all. Load is leases and waiters. */
  readonly pick?: PickName
  /** Leaves a member out that cannot connect. Default on, with the defaults of its options; `false` switches it off. */
  readonly eject?: false | EjectOptions
  /** 0 ≤ x < 1, for 'p2c'. Default `Math.random`. */
  readonly random?: () => number
}

const ejects: Reader<false | object> = {
  fallback: {},
  allowed: 'false, or an object with any of failures, cooldown, maxCooldown, factor',
  accepts: (v) => v === false || (typeof v === 'object' && v !== null && !Array.isArray(v)),
}

const readers = {
  ...groupReaders,
  pick: oneOf('p2c', 'round-robin', 'least-leased'),
  eject: ejects,
  random: fn(Math.random as () => number),
} satisfies Record<keyof BalanceOptions, Reader<unknown>>

/**
 * Several pools, all alike, as one: replicas, or shards of a cluster that all answer.
 *
 * An acquire gets a ready connection, the picked member's before another's; else it waits for the picked member, which
 * opens one, and is served by whichever member has one first. Where that one cannot connect, is closed, paused or full, it
 * goes on to the next that it has not tried, until its deadline.
 *
 * A member that fails `eject.failures` acquires in a row (`ConnectError`, `CircuitOpenError`, or a timeout while
 * connecting) is left out for `eject.cooldown`, longer with each time, then tried by one acquire at a time; the first
 * that it grants brings it back. Ready connections that it still has are lent meanwhile. The last one is never left out.
 *
 * Throws `InvalidOptionError`.
 */
export function balance<R>(pools: readonly Pool<R>[], options: BalanceOptions = {}): Pool<R> {
  const { pick, random, eject, ...group } = readGroup('', options, readers)
  const ejection = eject === false ? undefined : readEjection('eject', eject)
  return groupOf('balance', pools, group, ejection, { pick: pickBy(pick, random), inOrder: false })
}
