import type { PoolLease } from '../acquire/lease.js'
import { offer, retireUnwanted } from '../acquire/offer.js'
import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { destroy, retire } from '../connection/retire.js'
import { LeaseReleasedError } from '../errors/lease-released-error.js'
import { type PoolCore, tellQuiet } from '../pool/pool-core.js'

/** Every 8th lease is timed for the growth estimate; all are where statistics want them. */
const SAMPLED = 7

/** A lease comes back: to be reset if the adapter does that, else straight on to whoever is next. */
export function release<R>(core: PoolCore<R>, lease: PoolLease<R>, silent: boolean): void {
  if (lease.ended) {
    if (!silent) misuse(core, lease, 'release')
    return
  }
  const connection = lease.entry
  const cutOff = endLease(core, lease)
  if (core.isWatched) tellReleased(core, lease, cutOff)
  if (!cutOff) giveBack(core, connection)
}

/** A lease comes back, and its connection is closed gracefully. */
export function retireLease<R>(core: PoolCore<R>, lease: PoolLease<R>): void {
  if (lease.ended) {
    misuse(core, lease, 'retire')
    return
  }
  const connection = lease.entry
  const cutOff = endLease(core, lease)
  tellReleased(core, lease, cutOff)
  if (cutOff) return
  retire(core, connection, 'retired')
  offer(core, connection)
}

/** A lease comes back, and its connection ends now. */
export function destroyLease<R>(core: PoolCore<R>, lease: PoolLease<R>, error: Error | undefined): void {
  if (lease.ended) {
    misuse(core, lease, 'destroy')
    return
  }
  const connection = lease.entry
  const cutOff = endLease(core, lease)
  connection.error ??= error
  tellReleased(core, lease, cutOff)
  if (!cutOff) destroy(core, connection, 'destroyed')
}

/** The resource leaves the pool with its borrower. */
export function detachLease<R>(core: PoolCore<R>, lease: PoolLease<R>): R {
  const connection = lease.entry
  if (lease.ended) throw new LeaseReleasedError(core.name, connection.id, 'detach')
  const { resource } = lease
  const cutOff = endLease(core, lease)
  if (!cutOff) {
    connection.closeReason = 'detached'
    send(core, connection, Event.detach)
  }
  tellReleased(core, lease, cutOff)
  return resource
}

function giveBack<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (core.resets) {
    retireUnwanted(core, connection)
    if (connection.state === State['connected.leased']) {
      send(core, connection, Event.reset)
      return
    }
  }
  offer(core, connection)
}

/** Takes the lease off the books. True when its connection had ended before. */
function endLease<R>(core: PoolCore<R>, lease: PoolLease<R>): boolean {
  const { cutOff } = lease
  lease.ended = true
  if (!cutOff) {
    const connection = lease.entry
    connection.listeningLease = undefined
    connection.leases--
    core.leases--
  }
  if ((++core.releases & SAMPLED) === 0) timeLease(core, lease)
  return cutOff
}

function timeLease<R>(core: PoolCore<R>, lease: PoolLease<R>): void {
  const held = core.now() - lease.entry.leasedAt
  core.leaseTime = Number.isNaN(core.leaseTime) ? held : core.leaseTime * 0.9 + held * 0.1
}

function tellReleased<R>(core: PoolCore<R>, lease: PoolLease<R>, cutOff: boolean): void {
  const { moments } = core
  const held = core.now() - lease.entry.leasedAt
  core.histograms?.lease.record(held)
  if (moments.release.wanted) moments.release.tell({ connection: lease.entry.info, held })
  if (!cutOff) tellQuiet(core)
}

function misuse<R>(core: PoolCore<R>, lease: PoolLease<R>, action: 'release' | 'retire' | 'destroy'): void {
  if (core.moments.misuse.wanted) core.moments.misuse.tell({ connection: lease.entry.info, action })
}
