import type { Connection } from '../connection/connection.js'
import { type PoolCore, tellQuiet } from '../pool/pool-core.js'

/** Action: the connection ends under its borrower. The lease stays in the borrower's hand, off the pool's books. */
export function sever<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.leases === 0) return
  connection.severed = true
  core.leases -= connection.leases
  connection.leases = 0
}

/** Action: the borrower of a severed connection hears of it through the lease's signal. */
export function tellBorrowers<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (!connection.severed) return
  connection.severed = false
  connection.error ??= new Error(
    `Connection ${connection.id} of pool "${core.name}" ended (${connection.closeReason}) while leased`,
  )
  tellQuiet(core)
  connection.listeningLease?.tell(connection.error)
  connection.listeningLease = undefined
}
