/** How many timers a clock, or one branch of it, has set. */
export interface Tally {
  pending: number
}

/** A timer of virtual time. */
export class VirtualTimer {
  readonly at: number
  /** Among those due at the same moment, the one set first fires first. */
  readonly order: number
  /** Undefined once it has fired or was cleared. */
  fn: (() => void) | undefined
  readonly tally: Tally

  constructor(at: number, order: number, fn: () => void, tally: Tally) {
    this.at = at
    this.order = order
    this.fn = fn
    this.tally = tally
  }
}

/** Below this many entries, cleared ones are not worth looking for. */
const FEW = 64

/** A binary heap of timers by due time. Cleared ones stay until they come up, or until they are the greater part. */
export class TimerHeap {
  #timers: VirtualTimer[] = []
  #cleared = 0

  /** The timer due next, still in the heap; undefined when none is set. */
  get next(): VirtualTimer | undefined {
    for (;;) {
      const first = this.#timers[0]
      if (first === undefined || first.fn !== undefined) return first
      this.#cleared--
      this.removeNext()
    }
  }

  add(timer: VirtualTimer): void {
    this.#timers.push(timer)
    this.#rise(this.#timers.length - 1)
  }

  removeNext(): void {
    const last = this.#timers.pop()
    if (last === undefined || this.#timers.length === 0) return
    this.#timers[0] = last
    this.#sink(0)
  }

  /** One of its timers has been cleared. */
  noteCleared(): void {
    this.#cleared++
    if (this.#cleared > FEW && this.#cleared * 2 > this.#timers.length) this.#dropCleared()
  }

  #dropCleared(): void {
    this.#timers = this.#timers.filter(({ fn }) => fn !== undefined)
    this.#cleared = 0
    for (let at = (this.#timers.length >> 1) - 1; at >= 0; at--) this.#sink(at)
  }

  #rise(from: number): void {
    const timers = this.#timers
    const timer = timers[from] as VirtualTimer
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = timers[parent] as VirtualTimer
      if (isBefore(above, timer)) break
      timers[at] = above
      at = parent
    }
    timers[at] = timer
  }

  #sink(from: number): void {
    const timers = this.#timers
    const timer = timers[from] as VirtualTimer
    const { length } = timers
    let at = from
    for (let child = 2 * at + 1; child < length; child = 2 * at + 1) {
      const other = child + 1
      if (other < length && isBefore(timers[other] as VirtualTimer, timers[child] as VirtualTimer)) child = other
      const below = timers[child] as VirtualTimer
      if (isBefore(timer, below)) break
      timers[at] = below
      at = child
    }
    timers[at] = timer
  }
}

function isBefore(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
