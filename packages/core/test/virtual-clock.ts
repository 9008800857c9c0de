import type { Clock } from '../src/time/clock.js'

interface VirtualTimer {
  readonly id: number
  readonly at: number
  readonly fn: () => void
}

/** Time that passes only when told to. Microtasks run to their end before and after every timer. */
export class VirtualClock implements Clock {
  #now: number
  #ids = 0
  readonly #timers = new Map<number, VirtualTimer>()

  constructor(start = 0) {
    this.#now = start
  }

  readonly now = (): number => this.#now

  readonly setTimeout = (fn: () => void, ms: number): unknown => {
    const id = ++this.#ids
    this.#timers.set(id, { id, at: this.#now + Math.max(0, ms), fn })
    return id
  }

  readonly clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer as number)
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size
  }

  /** Lets what has been promised happen. */
  settle(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** `ms` pass in which the event loop stands still: no timer fires before the next `advance`. */
  stall(ms: number): void {
    this.#now += ms
  }

  /** Passes `ms`, stopping at every timer on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    await this.settle()
    for (let next = this.#next(); next !== undefined && next.at <= until; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at)
      this.#timers.delete(next.id)
      next.fn()
      await this.settle()
    }
    this.#now = until
  }

  #next(): VirtualTimer | undefined {
    let first: VirtualTimer | undefined
    for (const timer of this.#timers.values()) if (first === undefined || timer.at < first.at) first = timer
    return first
  }
}

export function virtualClock(start?: number): VirtualClock {
  return new VirtualClock(start)
}
