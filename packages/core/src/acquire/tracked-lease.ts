import type { Connection, KnownLease } from '../connection/connection.js'
import type { TimerEntry } from '../time/timer-wheel.js'
import { Link } from './chain.js'
import type { Claim } from './claim.js'
import type { Client } from './clients.js'
import { type LeaseOwner, PoolLease } from './lease.js'

/** A lease of a pool that has to know each of them: connections that carry many, limits per client, a look-out for
 * leases that are never released. */
export class TrackedLease<R> extends PoolLease<R> implements KnownLease {
  readonly since: number
  readonly claim: Claim
  readonly client: Client<PoolLease<R>> | undefined
  readonly place = new Link<KnownLease>(this)
  /** Its deadlines, where somebody looks out for it. */
  deadline: TimerEntry | undefined = undefined
  /** Why it was taken from its borrower while the connection goes on. */
  revoked: Error | undefined = undefined

  constructor(
    owner: LeaseOwner<R>,
    entry: Connection<R>,
    since: number,
    claim: Claim,
    client: Client<PoolLease<R>> | undefined,
  ) {
    super(owner, entry)
    this.since = since
    this.claim = claim
    this.client = client
  }

  override get leasedAt(): number {
    return this.since
  }

  override get cutOff(): boolean {
    return (this.revoked !== undefined && !this.ended) || super.cutOff
  }

  override get cutOffReason(): unknown {
    return this.revoked ?? super.cutOffReason
  }
}

/** Looks out for leases that are not released. */
export interface LeaseWatch<R> {
  /** Where the program is now. */
  trace(): Claim['trace']
  begin(lease: TrackedLease<R>): void
  end(lease: TrackedLease<R>): void
}
