import { AsyncResource } from 'node:async_hooks'
import type { AcquireOptions } from '../acquire/acquire-options.js'
import { isPoolError } from '../errors/is-pool-error.js'
import { Deadline } from './deadline.js'
import { isConnectFailure } from './ejection.js'
import type { GroupCore } from './group-core.js'
import type { Member } from './member.js'
import type { Attempts } from './members.js'
import type { Guest } from './waiting-room.js'

/** The cause of a member's `AcquireAbortedError` that no caller ever sees. */
const SERVED = 'another member has served it'

/**
 * One acquire of a group. It waits for one member; when that fails it, or becomes unavailable, for another one, until its
 * deadline. The first grant settles it: what comes after goes to the next, or straight back. What a member has granted is
 * granted, so the caller's signal and deadline are the members' business.
 */
export abstract class GroupWaiter<R, T> implements Attempts<R>, Guest<R> {
  abstract readonly lane: string
  readonly promise: Promise<T>
  readonly priority: number
  readonly client: string | undefined
  readonly tried = new Set<Member<R>>()
  readonly at = new Set<Member<R>>()
  failure: unknown
  protected readonly core: GroupCore<R>
  protected settled = false
  /** A member has granted it, and says so in the next turn. */
  protected promised = false
  protected resolve!: (value: T) => void
  protected reject!: (error: unknown) => void
  readonly #options: AcquireOptions
  readonly #deadline: Deadline
  readonly #stop = new AbortController()
  /** Its caller's async context: it may have to ask on from within the `use` of another. */
  readonly #scope = new AsyncResource('millpond.GroupWaiter')
  #hasBeenInRoom = false
  #trial: Member<R> | undefined = undefined
  #isAlone = false

  constructor(core: GroupCore<R>, options: AcquireOptions) {
    this.core = core
    this.#options = options
    this.priority = options.priority ?? 0
    this.client = options.client
    this.#deadline = new Deadline(core.members.now, options.timeout ?? core.timeout)
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    options.signal?.addEventListener('abort', this)
  }

  /** Asks the member with these options, and calls `granted` when it grants; rejects when it refuses. */
  protected abstract ask(member: Member<R>, options: AcquireOptions): Promise<void>
  abstract takeFrom(member: Member<R>): boolean

  get isOpenToAll(): boolean {
    return !(this.settled || this.promised || this.#isAlone || this.#options.fresh || this.#stop.signal.aborted)
  }

  /** Called by the caller's signal, whose listener it is. */
  handleEvent(): void {
    this.#stop.abort(this.#options.signal?.reason)
  }

  /** Begins to wait, for `wish` if that is as good as any. Where all are closed, that one says so. */
  start(wish: Member<R>): void {
    this.#waitFor(this.core.members.next(this, wish) ?? wish)
  }

  moveOn(): void {
    const { members } = this.core
    const now = members.now()
    const isGood = (member: Member<R>) =>
      (member === this.#trial || member.health.isIn(now)) && member.state === 'running'
    if (this.settled || this.#deadline.hasPassed || [...this.at].some(isGood)) return
    const other = members.alternative(this)
    if (other === undefined) return
    this.#isAlone = false
    this.waitAt(other)
  }

  /** Asks a member. Outside of the call that began it all, in that call's async context: for callers' functions. */
  protected waitAt(member: Member<R>): void {
    // Whoever was called while a connection was sought here may have made it wait here already.
    if (this.at.has(member)) return
    this.tried.add(member)
    this.at.add(member)
    if (member.health.beginTrial(this.core.members.now())) this.#trial = member
    this.inScope(() => void this.#asked(member))
  }

  /**
   * To be called at each grant: says to whom the lease goes, undefined for nobody. To the eldest in the lane: else those
   * who wait for a slow member would be overtaken by all who wait for a fast one. This one then waits in its stead.
   */
  protected granted(member: Member<R>): this | undefined {
    this.at.delete(member)
    if (this.promised) member.health.lent(this.core.members.now())
    else member.health.succeeded()
    this.#endTrial(member)
    const taker = this.#takerFrom(member)
    if (taker === undefined) {
      this.core.detours.acquired++
      return undefined
    }
    const [vacant] = taker.at
    taker.settle()
    if (!this.settled) this.#waitInstead(vacant ?? member)
    return taker
  }

  /** Runs what its caller wrote, in its caller's async context, from within the call of another. */
  protected inScope<V>(fn: () => V): V {
    return this.#scope.runInAsyncScope(fn)
  }

  protected settle(): void {
    this.settled = true
    this.core.room.leave(this)
    this.#options.signal?.removeEventListener('abort', this)
    if (this.at.size > 0) this.core.bridge.withhold('acquireError', () => this.#stop.abort(SERVED))
  }

  /** Being where others can serve it, it takes what is ready. */
  protected enterRoom(): void {
    if (!this.#hasBeenInRoom) {
      this.#hasBeenInRoom = true
      this.core.room.enter(this)
    }
    this.core.room.serve()
  }

  #takerFrom(member: Member<R>): this | undefined {
    // One that was never in the room came when nobody who waited could take it; and what is fresh was opened for this one.
    const isOwn = !this.settled && (!this.#hasBeenInRoom || this.#options.fresh === true)
    // Of the same lane, it is of the same class.
    const eldest = isOwn ? this : (this.core.room.eldest(this, member) as this | undefined)
    return eldest ?? (this.settled ? undefined : this)
  }

  #waitInstead(vacant: Member<R>): void {
    this.promised = false
    const { members, bridge } = this.core
    const member = vacant.isAvailable(members.now()) ? vacant : (members.next(this) ?? vacant)
    bridge.withhold('acquiring', () => this.#waitFor(member))
  }

  /** Waits for this member, unless it waits for another already, or one is ready: while a member's answer was under way,
   * it was passed by when that member became ready. */
  #waitFor(member: Member<R> | undefined): void {
    if (member !== undefined && this.at.size === 0) this.#isAlone = this.core.members.isTriedAlone(member)
    this.enterRoom()
    if (member !== undefined && !this.settled && this.at.size === 0) this.waitAt(member)
  }

  async #asked(member: Member<R>): Promise<void> {
    try {
      await this.ask(member, { ...this.#options, signal: this.#stop.signal, timeout: this.#deadline.left })
    } catch (error) {
      this.at.delete(member)
      this.#endTrial(member)
      const ejected = this.core.members.noteFailure(member, error)
      this.#refused(error)
      if (ejected) this.core.room.moveOn()
    }
  }

  #refused(error: unknown): void {
    const { core } = this
    if (this.settled || this.#stays(error)) {
      core.detours.add(error)
      return
    }
    this.settle()
    const last = core.members.isPassedOn(error) ? this.failure : error
    this.reject(this.tried.size > 1 ? this.#deadline.explain(last, core.name, this.failure) : last)
    core.quiet.left()
  }

  /** One member's refusal need not be the end of it: it waits for another already, or goes on to the next. */
  #stays(error: unknown): boolean {
    const { members } = this.core
    const waits = this.at.size > 0
    const isPassedOn = members.isPassedOn(error)
    this.promised = false
    if (isPassedOn && (this.failure === undefined || isConnectFailure(error))) this.failure = error
    const next = waits || !isPassedOn || this.#deadline.hasPassed ? undefined : members.next(this)
    const stays = waits ? !isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT') : next !== undefined
    if (stays) this.#waitFor(next)
    return stays
  }

  #endTrial(member: Member<R>): void {
    if (this.#trial !== member) return
    this.#trial = undefined
    this.#isAlone = false
    member.health.endTrial()
  }
}
