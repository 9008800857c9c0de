import type { Clock } from '../src/time/clock.js'

interface Timer {
  readonly at: number
  readonly order: number
  readonly fn: () => void
  isSet: boolean
}

/** More than there are timers. */
const LAST = 2 ** 40

/** Time that passes only when told to, like `VirtualClock`, for loads of a hundred thousand timers: they wait in a heap. */
export class LoadClock implements Clock {
  #now = 0
  #timers = 0
  readonly #heap: Timer[] = []

  readonly now = (): number => this.#now

  readonly setTimeout = (fn: () => void, ms: number): Timer => this.#set(fn, ms, 0)

  /** As `setTimeout`, but after everything else that is due at the same moment. */
  readonly setTimeoutLast = (fn: () => void, ms: number): Timer => this.#set(fn, ms, LAST)

  readonly clearTimeout = (timer: unknown): void => {
    ;(timer as Timer).isSet = false
  }

  #set(fn: () => void, ms: number, later: number): Timer {
    const timer = { at: this.#now + Math.max(0, ms), order: later + ++this.#timers, fn, isSet: true }
    this.#heap.push(timer)
    this.#rise(this.#heap.length - 1)
    return timer
  }

  /** Passes `ms`, stopping at every timer on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await settle()
    for (let next = this.#heap[0]; next !== undefined && next.at <= until; next = this.#heap[0]) {
      this.#takeFirst()
      if (!next.isSet) continue
      this.#now = next.at
      next.isSet = false
      next.fn()
      await settle()
    }
    this.#now = until
  }

  #takeFirst(): void {
    const last = this.#heap.pop() as Timer
    if (this.#heap.length === 0) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (isBefore(this.#heap[parent] as Timer, this.#heap[at] as Timer)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(from: number): void {
    let at = from
    for (;;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2]) {
        const other = this.#heap[child]
        if (other !== undefined && isBefore(other, this.#heap[least] as Timer)) least = child
      }
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #swap(a: number, b: number): void {
    const moved = this.#heap[a] as Timer
    this.#heap[a] = this.#heap[b] as Timer
    this.#heap[b] = moved
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Lets what has been promised happen. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
