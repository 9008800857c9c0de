import type { Connection } from '../connection/connection.js'
import type { PoolCore } from '../pool/pool-core.js'
import { Chain } from './chain.js'
import { type Claim, noClaim } from './claim.js'
import { dequeue, relieve } from './dequeue.js'
import { PoolLease } from './lease.js'
import { TrackedLease } from './tracked-lease.js'
import type { Waiter } from './waiter.js'

/** Every hand-over of a connection: to an acquire that found it idle … */
export function grant<R>(core: PoolCore<R>, connection: Connection<R>, now: number, claim: Claim): PoolLease<R> {
  const lease = core.terms.tracks ? lendTracked(core, connection, now, claim) : lend(core, connection, now)
  core.histograms?.wait.record(0)
  if (core.moments.acquire.wanted) {
    core.moments.acquire.tell(core, { connection: connection.info, waited: 0, reused: lease.reused })
  }
  return lease
}

/** … and to a waiter. */
export function grantWaiter<R>(core: PoolCore<R>, connection: Connection<R>, waiter: Waiter<PoolLease<R>>): void {
  const now = core.now()
  const waited = now - waiter.since
  core.queue.served(waiter)
  if (connection.uses > 0) relieve(core, waiter)
  else dequeue(core, waiter)
  const lease = core.terms.tracks
    ? lendTracked(core, connection, now, waiter.wish ?? noClaim)
    : lend(core, connection, now)
  waiter.resolve(lease)
  if (core.isWatched || waited > core.terms.slow) tellWaited(core, lease, waited)
  if (core.queue.size === 0) core.whenServed?.()
}

function tellWaited<R>(core: PoolCore<R>, { connection, reused }: PoolLease<R>, waited: number): void {
  const { acquire, slow } = core.moments
  core.histograms?.wait.record(waited)
  if (acquire.wanted) acquire.tell(core, { connection, waited, reused })
  if (waited > core.terms.slow && slow.wanted) slow.tell(core, { connection, waited })
}

/** Makes the lease, and nothing else. */
export function lend<R>(core: PoolCore<R>, connection: Connection<R>, now: number): PoolLease<R> {
  const lease = new PoolLease(core.owner, connection)
  countLease(core, connection, now)
  return lease
}

function lendTracked<R>(core: PoolCore<R>, connection: Connection<R>, now: number, claim: Claim): PoolLease<R> {
  const client = core.queue.clients?.named(claim.client)
  const lease = new TrackedLease(core.owner, connection, now, claim, client)
  countLease(core, connection, now)
  if (client !== undefined) core.queue.clients?.lent(client)
  connection.tracked ??= new Chain()
  connection.tracked.append(lease.place)
  core.spares?.update(connection)
  core.leaseWatch?.begin(lease)
  return lease
}

function countLease<R>(core: PoolCore<R>, connection: Connection<R>, now: number): void {
  connection.since = now
  connection.uses++
  connection.leases++
  core.leases++
  core.totals.acquired++
}
