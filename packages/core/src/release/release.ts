import { endTracking } from '../acquire/end-tracking.js'
import type { PoolLease } from '../acquire/lease.js'
import { lendToWaiters, offer, retireUnwanted } from '../acquire/offer.js'
import type { TrackedLease } from '../acquire/tracked-lease.js'
import type { CloseReason } from '../adapter/adapter.js'
import type { Connection } from '../connection/connection.js'
import { Event, State } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { obey } from '../connection/obey.js'
import { destroy, retire } from '../connection/retire.js'
import { ConnectionSharedError } from '../errors/connection-shared-error.js'
import { LeaseReleasedError } from '../errors/lease-released-error.js'
import type { PoolCore } from '../pool/pool-core.js'
import { tellQuiet } from '../pool/tell-quiet.js'

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
  if (cutOff) return
  if (core.looksAtReleased) giveBack(core, connection)
  else offer(core, connection)
}

/** A lease comes back, and its connection is closed gracefully once nobody else has it. */
export function retireLease<R>(core: PoolCore<R>, lease: PoolLease<R>): void {
  if (lease.ended) {
    misuse(core, lease, 'retire')
    return
  }
  const connection = lease.entry
  condemn(lease, 'retired')
  const cutOff = endLease(core, lease)
  tellReleased(core, lease, cutOff)
  if (!cutOff) retireReturned(core, connection, 'retired')
}

/** A lease comes back, and its connection ends now; one that others have is retired. */
export function destroyLease<R>(core: PoolCore<R>, lease: PoolLease<R>, error: Error | undefined): void {
  if (lease.ended) {
    misuse(core, lease, 'destroy')
    return
  }
  const connection = lease.entry
  condemn(lease, 'destroyed')
  const cutOff = endLease(core, lease)
  connection.error ??= error
  tellReleased(core, lease, cutOff)
  if (cutOff) return
  if (connection.leases > 0) retireReturned(core, connection, 'destroyed')
  else destroy(core, connection, 'destroyed')
}

/** `lease.maxDuration` is over: the lease is taken from its borrower, whose release will be no misuse. */
export function revokeLease<R>(core: PoolCore<R>, lease: TrackedLease<R>): void {
  const connection = lease.entry
  const error = new Error(`The lease of connection ${connection.id} was revoked after lease.maxDuration`)
  if (connection.leases > 1) {
    condemn(lease, 'revoked')
    takeOffBooks(core, connection, lease)
    lease.revoked = error
    tellQuiet(core)
    lease.tell(error)
    retireReturned(core, connection, 'revoked')
  } else {
    connection.error ??= error
    destroy(core, connection, 'revoked')
  }
}

/** The resource leaves the pool with its borrower. */
export function detachLease<R>(core: PoolCore<R>, lease: PoolLease<R>): R {
  const connection = lease.entry
  if (lease.ended) throw new LeaseReleasedError(core.name, connection.id, 'detach')
  if (connection.leases > 1 && !lease.cutOff)
    throw new ConnectionSharedError(core.name, connection.id, connection.leases)
  const { resource } = lease
  const cutOff = endLease(core, lease)
  if (!cutOff) {
    connection.closeReason = 'detached'
    send(core, connection, Event.detach)
  }
  tellReleased(core, lease, cutOff)
  return resource
}

/** From here on its connection is lent to nobody, whoever asks meanwhile. */
function condemn<R>(lease: PoolLease<R>, reason: CloseReason): void {
  if (!lease.cutOff) lease.entry.closeReason ??= reason
}

function retireReturned<R>(core: PoolCore<R>, connection: Connection<R>, reason: CloseReason): void {
  retire(core, connection, reason)
  if (connection.leases === 0) offer(core, connection)
  else serveClients(core)
}

/** A client's share has come free, and not with a connection for its next waiter: another may be idle. */
function serveClients<R>(core: PoolCore<R>): void {
  if (core.queue.clients !== undefined && core.queue.size > 0) core.owner.serve()
}

/** Where something is to be done before the connection goes on: others have it, policies judge it, it is reset. */
function giveBack<R>(core: PoolCore<R>, connection: Connection<R>): void {
  if (connection.leases > 0) {
    if (core.queue.fresh > 0 || connection.uses >= core.terms.maxUses || core.size > core.max)
      retireUnwanted(core, connection)
    lendToWaiters(core, connection)
    serveClients(core)
    return
  }
  if (core.policies?.judgesReleases && connection.state === State['connected.leased']) {
    obey(core, connection, core.policies.released(connection))
  }
  // The policy may have called the pool, and the pool have lent it.
  if (connection.leases > 0) return
  if (core.terms.resets) {
    retireUnwanted(core, connection)
    if (connection.state === State['connected.leased']) {
      send(core, connection, Event.reset)
      serveClients(core)
      return
    }
  }
  offer(core, connection)
}

/** Takes the lease off the books. True when its connection had ended before. */
function endLease<R>(core: PoolCore<R>, lease: PoolLease<R>): boolean {
  const { cutOff } = lease
  lease.ended = true
  if (!cutOff) takeOffBooks(core, lease.entry, lease)
  if ((++core.releases & SAMPLED) === 0) timeLease(core, lease)
  return cutOff
}

function takeOffBooks<R>(core: PoolCore<R>, connection: Connection<R>, lease: PoolLease<R>): void {
  connection.listeningLease = undefined
  connection.leases--
  core.leases--
  if (core.terms.tracks) forgetTracked(core, connection, lease as TrackedLease<R>)
}

function forgetTracked<R>(core: PoolCore<R>, connection: Connection<R>, lease: TrackedLease<R>): void {
  connection.tracked?.remove(lease.place)
  endTracking(core, lease)
  core.spares?.update(connection)
}

function timeLease<R>(core: PoolCore<R>, lease: PoolLease<R>): void {
  const held = core.now() - lease.leasedAt
  core.leaseTime = Number.isNaN(core.leaseTime) ? held : core.leaseTime * 0.9 + held * 0.1
}

function tellReleased<R>(core: PoolCore<R>, lease: PoolLease<R>, cutOff: boolean): void {
  const { moments } = core
  const held = core.now() - lease.leasedAt
  core.histograms?.lease.record(held)
  if (moments.release.wanted) moments.release.tell(core, { connection: lease.entry.info, held })
  if (!cutOff) tellQuiet(core)
}

function misuse<R>(core: PoolCore<R>, lease: PoolLease<R>, action: 'release' | 'retire' | 'destroy'): void {
  if (core.moments.misuse.wanted) core.moments.misuse.tell(core, { connection: lease.entry.info, action })
}
