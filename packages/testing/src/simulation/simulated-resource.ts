import type { WatchSignals } from '@millpond/core'
import { SimulatedFailure } from './simulated-failure.js'

/** What a resource went through, in ms of its clock. The last 100 are remembered. */
export interface ResourceEvent {
  readonly at: number
  readonly what: string
}

/** Whom a resource tells of its life: the simulated adapter. */
export interface ResourceOwner {
  now(): number
  /** Leases at once. */
  readonly capacity: number
  lost(resource: SimulatedResource): void
  violate(invariant: number, message: string): void
}

const REMEMBERED = 100

/** What a simulated adapter opens. Borrowers that say `borrow` and `giveBack` have it checked that nobody else has it, and that it may be lent at all. */
export class SimulatedResource {
  /** 1, 2, 3 … in the order in which the opens succeeded. */
  readonly id: number
  /** The pool's number for the connection. */
  readonly connectionId: number
  readonly openedAt: number
  /** 'lost' once the far end is gone, whether or not the pool knows. */
  state: 'open' | 'lost' | 'closing' | 'closed' = 'open'
  /** Times it was borrowed. */
  borrowed = 0
  /** Why it must not be lent again: the pool has been told. */
  condemned: string | undefined
  /** The call in progress. */
  call: { readonly what: string; readonly signal: AbortSignal } | undefined
  /** Lost, and nothing but a call will tell. */
  isSilent = false
  /** Of the pool that watches it. */
  signals: WatchSignals | undefined
  readonly #owner: ResourceOwner
  readonly #holders: string[] = []
  #history: ResourceEvent[] = []

  constructor(owner: ResourceOwner, id: number, connectionId: number) {
    this.#owner = owner
    this.id = id
    this.connectionId = connectionId
    this.openedAt = owner.now()
    this.note('opened')
  }

  /** Who has it now. */
  get holders(): readonly string[] {
    return this.#holders
  }

  get history(): readonly ResourceEvent[] {
    return this.#history
  }

  note(what: string): void {
    this.#history.push({ at: this.#owner.now(), what })
    if (this.#history.length >= 2 * REMEMBERED) this.#history = this.#history.slice(-REMEMBERED)
  }

  /** `who` has been lent it. A second borrower, or one of a resource that should not be lent, is a violation. */
  borrow(who: string): void {
    this.borrowed++
    this.#holders.push(who)
    if (this.#holders.length > this.#owner.capacity) {
      this.#violate(1, `is lent to ${this.#holders.join(' and ')}, of at most ${this.#owner.capacity}`)
    }
    const { call } = this
    if (call !== undefined && !call.signal.aborted)
      this.#violate(1, `is lent to ${who} while its ${call.what} is pending`)
    if (this.state === 'closing' || this.state === 'closed') this.#violate(1, `is lent to ${who} when ${this.state}`)
    else if (this.condemned !== undefined) this.#violate(8, `is lent to ${who} though ${this.condemned}`)
  }

  /** `who` no longer has it. */
  giveBack(who: string): void {
    const at = this.#holders.lastIndexOf(who)
    if (at === -1) this.#violate(1, `is given back by ${who}, who did not have it`)
    else this.#holders.splice(at, 1)
  }

  /** The far end goes away now. The pool learns of it as `notice` says; see the fault 'lose'. */
  lose(notice: 'event' | 'asked' | 'none' = 'event'): void {
    if (this.state !== 'open') return
    this.state = 'lost'
    this.note('lost')
    this.#owner.lost(this)
    this.isSilent = notice === 'none'
    if (notice !== 'event' || this.signals === undefined) return
    this.condemn('it was lost')
    this.signals.lost(new SimulatedFailure(undefined, `connection ${this.connectionId} was lost`))
  }

  condemn(why: string): void {
    this.condemned ??= why
  }

  #violate(invariant: number, what: string): void {
    this.#owner.violate(invariant, `resource ${this.id} (connection ${this.connectionId}) ${what}`)
  }
}
