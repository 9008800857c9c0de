import { TimerEntry } from '../time/timer-wheel.js'

/** What happens to a waiter without a connection coming. */
export interface WaiterOwner<L> {
  waitTimedOut(waiter: Waiter<L>): void
  waitAborted(waiter: Waiter<L>): void
}

/** A pending acquire: itself the listener of its signal and a node of the queue. */
export class Waiter<L> {
  readonly owner: WaiterOwner<L>
  readonly since: number
  /** The lowest connection id that serves it: above 0 only with `fresh`. */
  readonly minId: number
  readonly signal: AbortSignal | undefined
  readonly resolve: (lease: L) => void
  readonly reject: (error: unknown) => void
  /** A deadline of its own; those with the pool's `acquire.timeout` share one alarm, as they fall due in their order. */
  deadline: WaiterDeadline<L> | undefined
  /** Its place in the order of all waiters; 0 when it waits no longer. */
  ticket: number
  next: Waiter<L> | undefined
  previous: Waiter<L> | undefined

  /** Takes over the promise of the last `promiseForNextWaiter()`. */
  constructor(owner: WaiterOwner<L>, since: number, minId: number, signal: AbortSignal | undefined) {
    this.owner = owner
    this.since = since
    this.minId = minId
    this.signal = signal
    this.resolve = captured.resolve as (lease: L) => void
    this.reject = captured.reject
    this.deadline = undefined
    this.ticket = 0
    this.next = undefined
    this.previous = undefined
  }

  get fresh(): boolean {
    return this.minId > 0
  }

  get queued(): boolean {
    return this.ticket > 0
  }

  /** Called by its signal, whose listener is the waiter itself. */
  handleEvent(): void {
    this.owner.waitAborted(this)
  }
}

export class WaiterDeadline<L> extends TimerEntry {
  readonly #waiter: Waiter<L>

  constructor(waiter: Waiter<L>) {
    super()
    this.#waiter = waiter
  }

  override expire(): void {
    this.#waiter.owner.waitTimedOut(this.#waiter)
  }
}

/** One executor for all promises instead of a closure for each: it runs before `new Promise` returns, and the waiter
 * made next takes what it captured. */
const captured = { resolve: (_: unknown) => {}, reject: (_: unknown) => {} }
function capture(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  captured.resolve = resolve as (value: unknown) => void
  captured.reject = reject
}

/** The promise of the waiter that is made next. */
export function promiseForNextWaiter<L>(): Promise<L> {
  return new Promise<L>(capture)
}
