import type { Connection } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import type { PoolCore } from '../pool/pool-core.js'

/** Reckoned with where a connection carries any number of leases. */
const LARGEST = 1e9

/** Asks the adapter how many leases a connection can carry. An answer that makes no sense is told, and counts as 1. */
export function askCapacity<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (core.adapter.capacity === undefined) return
  connection.capacity = readCapacity(core, connection.resource as R)
  core.typicalCapacity = Math.min(Math.max(1, connection.capacity), LARGEST)
  countSlots(core, connection, isServable(connection.state) ? Math.min(connection.capacity, LARGEST) : 0)
}

/** Opens are decided by what connections can carry, not by how many they are. */
export function countSlots<R>(core: PoolCore<R>, connection: Connection<R>, slots: number): void {
  core.slots += slots - connection.slots
  connection.slots = slots
}

function isServable(state: number): boolean {
  return (
    state === State['connected.leased'] ||
    state === State['connected.resetting'] ||
    state === State['idle.ready'] ||
    state === State['idle.checking']
  )
}

function readCapacity<R>(core: PoolCore<R>, resource: R): number {
  try {
    const capacity = core.adapter.capacity?.(resource) ?? 1
    if (capacity === Number.POSITIVE_INFINITY || (Number.isInteger(capacity) && capacity >= 0)) return capacity
    throw new TypeError(`Adapter "${core.adapter.name}": capacity() gave ${capacity}, not a whole number of at least 0`)
  } catch (error) {
    core.moments.trouble(core, 'capacity', error)
    return 1
  }
}

/** The adapter says that it has changed: with more of it waiters are served, with less the leases that are too many
 * finish. */
export function changeCapacity<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.state === State.closed) return
  askCapacity(core, connection)
  core.spares?.update(connection)
  core.owner.serve()
}
