import { isPoolError } from '../errors/is-pool-error.js'
import type { Clock } from '../time/clock.js'
import { isConnectFailure } from './ejection.js'
import type { Member } from './member.js'
import type { Pick } from './pick.js'

/** How a group uses its members. */
export interface Selection<R> {
  readonly pick: Pick<R>
  /** A member is used only while none before it may be: `failover`. Otherwise all are alike: `balance`. */
  readonly inOrder: boolean
}

/** What one acquire has been through. */
export interface Attempts<R> {
  /** Where it has been. */
  readonly tried: ReadonlySet<Member<R>>
  /** Why it went on, if it did. */
  readonly failure: unknown
}

/** A group's members, and which of them may be used for what. */
export class Members<R> {
  readonly all: readonly Member<R>[]
  readonly #selection: Selection<R>
  readonly #clock: Clock

  constructor(all: readonly Member<R>[], selection: Selection<R>, clock: Clock) {
    this.all = all
    this.#selection = selection
    this.#clock = clock
  }

  readonly now = (): number => this.#clock.now()

  /** The member for an acquire to begin with. */
  first(): Member<R> {
    const { pick } = this.#selection
    if (!this.all.some(({ health }) => health.isOut)) return pick(this.all, true)
    const now = this.now()
    const able = this.all.filter(({ health }) => health.isIn(now))
    return pick(able.length > 0 ? able : this.all, true)
  }

  /**
   * Those whose ready connections an acquire may have, in this order: an ejected member fails to open new ones, those
   * it has are as good as any (as with a pool whose breaker is open). In order: only up to the first available one.
   */
  *lenders(first: Member<R>): Generator<Member<R>, void, void> {
    const { all } = this
    for (let i = 0; i < all.length; i++) {
      const member = all[this.#selection.inOrder ? i : (first.index + i) % all.length] as Member<R>
      yield member
      if (this.#selection.inOrder && member.isAvailable(this.now())) return
    }
  }

  /** Its ready connections may go to acquires that wait for others. */
  mayLend(member: Member<R>): boolean {
    if (!this.#selection.inOrder) return true
    const now = this.now()
    return !this.all.slice(0, member.index).some((before) => before.isAvailable(now))
  }

  /**
   * Where an acquire is to wait: `wish` if that is as good as any; undefined when it has been everywhere. Ejected
   * members come last (better than none: Envoy's panic threshold); a paused one is waited for only by those that no
   * running one has failed.
   */
  next({ tried, failure }: Attempts<R>, wish?: Member<R>): Member<R> | undefined {
    const now = this.now()
    const untried = this.all.filter((member) => !tried.has(member))
    const running = untried.filter(({ state }) => state === 'running')
    const choices = [running.filter(({ health }) => health.isIn(now)), running]
    if (!isConnectFailure(failure)) choices.push(untried.filter(({ state }) => state === 'paused'))
    const choice = choices.find(({ length }) => length > 0)
    if (choice === undefined) return undefined
    return wish !== undefined && choice.includes(wish) ? wish : this.#selection.pick(choice, false)
  }

  /** Where an acquire may wait besides, now that the member it waits for is unavailable. */
  alternative({ tried }: Attempts<R>): Member<R> | undefined {
    const now = this.now()
    const able = this.all.filter((member) => !tried.has(member) && member.isAvailable(now))
    return able.length === 0 ? undefined : this.#selection.pick(able, false)
  }

  /** One that tries an ejected member again waits for that alone: else it would be served by another, and a member that
   * is well again never be found out. Where all are alike, demand finds it out. */
  isTriedAlone(member: Member<R>): boolean {
    return this.#selection.inOrder && member.health.isOut && member.health.isIn(this.now())
  }

  /** The member cannot serve it, but another one may. A timeout is the end of it, and an `OverloadedError` asks for less
   * load, not for more. A standby is no overflow for a full queue. */
  isPassedOn(error: unknown): boolean {
    return (
      isPoolError(error, 'ERR_POOL_CONNECT') ||
      isPoolError(error, 'ERR_POOL_CIRCUIT_OPEN') ||
      isPoolError(error, 'ERR_POOL_CLOSED') ||
      isPoolError(error, 'ERR_POOL_PAUSED') ||
      (isPoolError(error, 'ERR_POOL_QUEUE_FULL') && !this.#selection.inOrder)
    )
  }

  /** An acquire has failed at this member. True when that ejects it. */
  noteFailure(member: Member<R>, error: unknown): boolean {
    if (!isConnectFailure(error)) return false
    // Never the last one: it is better than none.
    const mayEject = () =>
      this.all.some((other) => other !== member && !other.health.isOut && other.state === 'running')
    return member.health.failed(this.now(), mayEject)
  }
}
