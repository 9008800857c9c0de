import { TimerEntry } from '../time/timer-wheel.js'
import type { Claim } from './claim.js'

/** What an acquire asked for, complete. */
export interface Asked {
  readonly signal: AbortSignal | undefined
  readonly timeout: number
  readonly fresh: boolean
  readonly priority: number
  readonly client: string | undefined
}

/** What happens to a waiter without a connection coming. */
export interface WaiterOwner<L> {
  waitTimedOut(waiter: Waiter<L>): void
  waitAborted(waiter: Waiter<L>): void
}

/** A pending acquire: a node of the queue, and as small as may be, since under load every acquire makes one. */
export class Waiter<L> {
  readonly since: number
  readonly resolve: (lease: L) => void
  readonly reject: (error: unknown) => void
  /** Its place in the order of all waiters; 0 when it waits no longer. */
  ticket: number
  next: Waiter<L> | undefined
  previous: Waiter<L> | undefined
  /** What it asked for beyond any connection within `acquire.timeout`. */
  readonly wish: Wish<L> | undefined
  /** Where it stands in a `FairQueue`, which alone knows what that is. */
  standing: unknown

  constructor(since: number, wish: Wish<L> | undefined, resolve: (lease: L) => void, reject: (error: unknown) => void) {
    this.since = since
    this.resolve = resolve
    this.reject = reject
    this.ticket = 0
    this.next = undefined
    this.previous = undefined
    this.wish = wish
    this.standing = undefined
    if (wish !== undefined) wish.waiter = this
  }

  /** The lowest connection id that serves it: above 0 only with `fresh`. */
  get minId(): number {
    return this.wish === undefined ? 0 : this.wish.minId
  }

  get queued(): boolean {
    return this.ticket > 0
  }
}

/** What one acquire asked for: its deadline, and the listener of its signal. */
export class Wish<L> extends TimerEntry implements Claim {
  readonly #owner: WaiterOwner<L>
  waiter!: Waiter<L>
  readonly signal: AbortSignal | undefined
  /** ms until its deadline. */
  readonly timeout: number
  /** The deadline is the pool's `acquire.timeout`: those fall due in their order and share one alarm. */
  readonly isPatient: boolean
  /** See `Waiter.minId`. */
  readonly minId: number
  readonly priority: number
  readonly client: string | undefined
  readonly trace: Claim['trace']

  constructor(owner: WaiterOwner<L>, asked: Asked, isPatient: boolean, minId: number, trace: Claim['trace']) {
    super()
    this.#owner = owner
    this.signal = asked.signal
    this.timeout = asked.timeout
    this.isPatient = isPatient
    this.minId = minId
    this.priority = asked.priority
    this.client = asked.client
    this.trace = trace
  }

  override expire(): void {
    this.#owner.waitTimedOut(this.waiter)
  }

  /** Called by its signal, whose listener it is. */
  handleEvent(): void {
    this.#owner.waitAborted(this.waiter)
  }
}

/** Where a waiter is to wait. */
interface WaitingPlace<L> {
  readonly queue: { push(waiter: Waiter<L>): void }
  readonly lastNow: number
}

// One executor for all promises instead of a closure for each: it runs before `new Promise` returns. It finds here what
// it needs, written only where it changes, and makes the waiter itself: each reference to something young that is put
// into something old costs as much as a reading of the clock.
let place: WaitingPlace<never>
let wished: Wish<never> | undefined
function join(resolve: (lease: never) => void, reject: (error: unknown) => void): void {
  place.queue.push(new Waiter(place.lastNow, wished, resolve, reject))
}

/** Puts a new waiter into the queue, since the last reading of the clock; its promise. */
export function wait<L>(at: WaitingPlace<L>, wish: Wish<L> | undefined): Promise<L> {
  if (place !== at) place = at
  wished = wish
  const promise = new Promise<L>(join)
  wished = undefined
  return promise
}
