import type { AcquireOptions } from '../acquire/acquire-options.js'
import type { Lease } from '../acquire/lease.js'
import { GroupWaiter } from './group-waiter.js'
import type { Member } from './member.js'

/** A group's `acquire` that found nothing ready. */
export class AcquireWaiter<R> extends GroupWaiter<R, Lease<R>> {
  get lane(): string {
    return `acquire ${this.priority} ${this.client ?? ''}`
  }

  takeFrom(member: Member<R>): boolean {
    const lease = member.lend(this.client, this.core.members.now)
    // A listener or the adapter may have made another member serve it meanwhile.
    if (lease === undefined) return this.settled || this.#asksFor(member)
    if (this.settled) {
      this.core.detours.acquired++
      lease.release()
    } else {
      this.settle()
      this.resolve(lease)
    }
    return true
  }

  /** While anybody waits there, `tryAcquire` gets nothing, even if those who wait cannot have what is ready. */
  #asksFor(member: Member<R>): boolean {
    const asks = member.waiting > 0 && member.hasReady
    if (asks) this.waitAt(member)
    return asks
  }

  protected async ask(member: Member<R>, options: AcquireOptions): Promise<void> {
    const lease = await member.pool.acquire(options)
    const taker = this.granted(member)
    if (taker === undefined) lease.release()
    else taker.resolve(lease)
  }
}
