import { waitAborted, waitTimedOut } from '../acquire/fail-waiters.js'
import type { PoolLease } from '../acquire/lease.js'
import { serve } from '../acquire/serve.js'
import type { TrackedLease } from '../acquire/tracked-lease.js'
import type { Waiter } from '../acquire/waiter.js'
import type { Connection } from '../connection/connection.js'
import { due } from '../connection/drive.js'
import { destroyLease, detachLease, release, retireLease, revokeLease } from '../release/release.js'
import type { PoolCore, PoolOwner } from './pool-core.js'

/** What timers, leases and signals call, bound to a pool. A class, since functions of its own for each of a million keys
 * would be a sixth of what a key costs. */
export class Owner<R> implements PoolOwner<R> {
  readonly core: PoolCore<R>

  constructor(core: PoolCore<R>) {
    this.core = core
  }

  get name(): string {
    return this.core.name
  }

  get key(): string | undefined {
    return this.core.key
  }

  due(connection: Connection<R>): void {
    due(this.core, connection)
  }

  waitTimedOut(waiter: Waiter<PoolLease<R>>): void {
    waitTimedOut(this.core, waiter)
  }

  waitAborted(waiter: Waiter<PoolLease<R>>): void {
    waitAborted(this.core, waiter)
  }

  release(lease: PoolLease<R>, silent: boolean): void {
    release(this.core, lease, silent)
  }

  retireLease(lease: PoolLease<R>): void {
    retireLease(this.core, lease)
  }

  destroyLease(lease: PoolLease<R>, error: Error | undefined): void {
    destroyLease(this.core, lease, error)
  }

  detachLease(lease: PoolLease<R>): R {
    return detachLease(this.core, lease)
  }

  revokeLease(lease: TrackedLease<R>): void {
    revokeLease(this.core, lease)
  }

  serve(): void {
    serve(this.core)
  }
}
