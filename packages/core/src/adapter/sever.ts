import { endTracking } from '../acquire/end-tracking.js'
import type { TrackedLease } from '../acquire/tracked-lease.js'
import type { Connection, ListeningLease } from '../connection/connection.js'
import type { PoolCore } from '../pool/pool-core.js'
import { tellQuiet } from '../pool/tell-quiet.js'
import { countSlots } from './ask-capacity.js'

/** Action: the connection ends under its borrowers. Their leases stay in their hands, off the pool's books. */
export function sever<R>(core: PoolCore<R>, connection: Connection<R>): void {
  countSlots(core, connection, 0)
  if (connection.leases === 0) return
  connection.severed = true
  core.leases -= connection.leases
  connection.leases = 0
  if (connection.tracked !== undefined)
    for (const lease of connection.tracked) endTracking(core, lease as TrackedLease<R>)
}

/** Action: the borrowers of a severed connection hear of it through their leases' signals. */
export function tellBorrowers<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (!connection.severed) return
  connection.severed = false
  connection.error ??= new Error(
    `Connection ${connection.id} of pool "${core.name}" ended (${connection.closeReason}) while leased`,
  )
  const listening: Iterable<ListeningLease> = connection.tracked ?? [connection.listeningLease ?? []].flat()
  connection.tracked = undefined
  connection.listeningLease = undefined
  tellQuiet(core)
  for (const lease of listening) lease.tell(connection.error)
}
