import type { AcquireOptions } from '../acquire/acquire-options.js'
import type { Lease } from '../acquire/lease.js'
import type { GroupCore } from './group-core.js'
import { GroupWaiter } from './group-waiter.js'
import type { Member } from './member.js'

type Fn<R, T> = (resource: R, lease: Lease<R>) => T | Promise<T>

/**
 * A group's `use`. Only a member's own `use` asks its adapter `isFatal`, and there is no `use` that takes a connection
 * now or not at all: so it is asked of the member, and a call that comes too late gives the connection straight back.
 */
export class UseWaiter<R, T> extends GroupWaiter<R, T> {
  readonly #fn: Fn<R, T>

  constructor(core: GroupCore<R>, fn: Fn<R, T>, options: AcquireOptions) {
    super(core, options)
    this.#fn = fn
  }

  get lane(): string {
    return `use ${this.priority} ${this.client ?? ''}`
  }

  /** Is served at once where a member is ready; else waits. */
  begin(lenders: Iterable<Member<R>>, wish: Member<R>): void {
    for (const member of lenders) {
      if (!this.takeFrom(member)) continue
      if (!this.promised) this.enterRoom()
      return
    }
    this.start(wish)
  }

  takeFrom(member: Member<R>): boolean {
    if (!member.hasReady && !this.#findsRoom(member)) return false
    // The adapter may have made another member serve it meanwhile.
    if (this.settled || this.promised) return true
    const wasWaitedFor = member.waiting > 0
    this.waitAt(member)
    // Nobody waits there, so this one was granted, or refused. Else that is as good a place to wait as any.
    this.promised = !wasWaitedFor && member.waiting === 0
    return true
  }

  /** Whether a connection that others have takes one more lease cannot be asked, only tried. Given back while they have it,
   * it is not reset. */
  #findsRoom(member: Member<R>): boolean {
    const { idle, leases, waiting } = member.pool.stats()
    if (idle > 0 || leases === 0 || waiting > 0) return false
    const { bridge, detours, members } = this.core
    const lease = bridge.withhold('acquire', () => member.lend(this.client, members.now))
    if (lease === undefined) return false
    detours.acquired++
    bridge.withhold('release', () => lease.release())
    return true
  }

  protected async ask(member: Member<R>, options: AcquireOptions): Promise<void> {
    let taker: this | undefined
    let result: T | undefined
    try {
      await member.pool.use(async (resource, lease) => {
        // Whoever is called meanwhile is not inside this use yet.
        taker = this.inScope(() => this.granted(member))
        if (taker === undefined) return
        const fn = taker.#fn
        result = await (taker === this ? fn(resource, lease) : taker.inScope(() => fn(resource, lease)))
      }, options)
    } catch (error) {
      // What was thrown by the caller's function is not the member's refusal, whatever it is.
      if (taker === undefined) throw error
      taker.reject(error)
      return
    }
    taker?.resolve(result as T)
  }
}
