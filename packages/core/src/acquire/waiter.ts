import { TimerEntry } from '../time/timer-wheel.js'

/** What happens to a waiter without a connection coming. */
export interface WaiterOwner<L> {
  waitTimedOut(waiter: Waiter<L>): void
  waitAborted(waiter: Waiter<L>): void
}

/** A pending acquire: itself the timer of its deadline, the listener of its signal and a node of the queue. */
export class Waiter<L> extends TimerEntry {
  readonly owner: WaiterOwner<L>
  readonly since: number
  /** The lowest connection id that serves it: above 0 only with `fresh`. */
  readonly minId: number
  readonly signal: AbortSignal | undefined
  readonly promise: Promise<L>
  readonly resolve: (lease: L) => void
  readonly reject: (error: unknown) => void
  /** Its place in the order of all waiters. */
  ticket = 0
  queued = false
  next: Waiter<L> | undefined = undefined
  previous: Waiter<L> | undefined = undefined

  constructor(owner: WaiterOwner<L>, since: number, minId: number, signal: AbortSignal | undefined) {
    super()
    this.owner = owner
    this.since = since
    this.minId = minId
    this.signal = signal
    this.promise = new Promise<L>(capture)
    this.resolve = captured.resolve as (lease: L) => void
    this.reject = captured.reject
  }

  get fresh(): boolean {
    return this.minId > 0
  }

  override expire(): void {
    this.owner.waitTimedOut(this)
  }

  /** Called by its signal, whose listener is the waiter itself. */
  handleEvent(): void {
    this.owner.waitAborted(this)
  }
}

/** One executor for all promises instead of a closure for each: it runs before `new Promise` returns. */
const captured = { resolve: (_: unknown) => {}, reject: (_: unknown) => {} }
function capture(resolve: (value: never) => void, reject: (error: unknown) => void): void {
  captured.resolve = resolve as (value: unknown) => void
  captured.reject = reject
}
