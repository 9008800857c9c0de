import type { LeaseWatch, TrackedLease } from '../acquire/tracked-lease.js'
import type { PoolCore } from '../pool/pool-core.js'
import { Alarm } from '../time/timer-wheel.js'
import { Trace } from './trace.js'

/** Looks out for leases that are not released: `lease.warnAfter` tells of them, `lease.maxDuration` takes them away.
 * (HikariCP `leakDetectionThreshold`; Tomcat JDBC `removeAbandoned`) */
export class LeaseWatcher<R> implements LeaseWatch<R> {
  readonly #core: PoolCore<R>
  readonly #warnAfter: number
  readonly #maxDuration: number

  constructor(core: PoolCore<R>) {
    this.#core = core
    this.#warnAfter = core.options.lease.warnAfter
    this.#maxDuration = core.options.lease.maxDuration
  }

  trace(): Trace {
    return new Trace()
  }

  begin(lease: TrackedLease<R>): void {
    lease.deadline = new Alarm(() => this.#due(lease))
    this.#core.wheel.arm(lease.deadline, lease.since + Math.min(this.#warnAfter, this.#maxDuration))
  }

  end(lease: TrackedLease<R>): void {
    if (lease.deadline !== undefined) this.#core.wheel.disarm(lease.deadline)
    lease.deadline = undefined
  }

  #due(lease: TrackedLease<R>): void {
    const held = this.#core.now() - lease.since
    const isOver = held >= this.#maxDuration
    if (isOver) this.#core.owner.revokeLease(lease)
    else if (lease.deadline !== undefined) this.#core.wheel.arm(lease.deadline, lease.since + this.#maxDuration)
    this.#tell(lease, held, isOver)
  }

  #tell(lease: TrackedLease<R>, held: number, revoked: boolean): void {
    const { leak } = this.#core.moments
    const stack = lease.claim.trace?.stack ?? ''
    if (leak.wanted) {
      const { client } = lease.claim
      const whose = client === undefined ? {} : { client }
      leak.tell(this.#core, { connection: lease.connection, held, stack, revoked, ...whose })
    }
    if (leak.channel.hasSubscribers || this.#core.moments.hears(this.#core, 'leak')) return
    const what = revoked ? 'was revoked' : 'is still held'
    this.#core.moments.warnOnce('leak', `A lease ${what} after ${Math.round(held)} ms. It was acquired\n${stack}`)
  }
}
