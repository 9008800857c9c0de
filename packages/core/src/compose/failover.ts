import type { Pool } from '../pool/pool.js'
import { type Reader, readGroup } from '../pool/read-options.js'
import { type EjectOptions, ejectReaders, readEjection } from './ejection.js'
import { type GroupOptions, groupOf, groupReaders } from './group-of.js'
import { first } from './pick.js'

/** When a member counts as failing, and when it is tried again. */
export interface FailoverOptions extends GroupOptions, EjectOptions {}

const readers = { ...groupReaders, ...ejectReaders } satisfies Record<keyof FailoverOptions, Reader<unknown>>

/**
 * A primary and its standbys, in order of preference, as one pool: the first that is well is used, and only that.
 *
 * An acquire that a member fails because it cannot connect, or is closed or paused, goes on to the next, within its
 * deadline. A member that fails `failures` acquires in a row is passed over for `cooldown`, longer with each time; then one
 * acquire at a time waits for it alone, and the first that it grants brings it back. Being busy is no failure: a standby
 * takes no overflow. A ready connection of a member that is passed over is still preferred to a standby's.
 *
 * Throws `InvalidOptionError`.
 */
export function failover<R>(pools: readonly Pool<R>[], options: FailoverOptions = {}): Pool<R> {
  const { name, timeout, clock, ...ejection } = readGroup('', options, readers)
  return groupOf('failover', pools, { name, timeout, clock }, readEjection('', ejection), {
    pick: first(),
    inOrder: true,
  })
}
