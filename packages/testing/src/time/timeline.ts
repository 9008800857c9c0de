import { type Tally, TimerHeap, VirtualTimer } from './timer-heap.js'

/** Virtual time itself: a moment, and the timers ahead of it. */
export class Timeline {
  now: number
  readonly #heap = new TimerHeap()
  #order = 0

  constructor(start: number) {
    this.now = start
  }

  set(fn: () => void, ms: number, tally: Tally): VirtualTimer {
    // What is no number above 0 is due at once, as with Node's.
    const at = ms > 0 ? this.now + ms : this.now
    const timer = new VirtualTimer(at, ++this.#order, fn, tally)
    tally.pending++
    this.#heap.add(timer)
    return timer
  }

  clear(timer: unknown): void {
    if (!(timer instanceof VirtualTimer) || timer.fn === undefined) return
    timer.fn = undefined
    timer.tally.pending--
    this.#heap.noteCleared()
  }

  /** When the next timer is due; `Infinity` when none is set. */
  get nextAt(): number {
    return this.#heap.next?.at ?? Number.POSITIVE_INFINITY
  }

  /** Fires the next timer, at its time or, after a standstill, later. */
  fireNext(): void {
    const timer = this.#heap.next
    if (timer?.fn === undefined) return
    const { fn } = timer
    this.#heap.removeNext()
    timer.fn = undefined
    timer.tally.pending--
    if (timer.at > this.now) this.now = timer.at
    fn()
  }
}
