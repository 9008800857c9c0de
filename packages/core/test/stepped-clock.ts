interface Timer {
  readonly due: number
  readonly fire: () => void
}

/**
 * A clock for xstate that steps to each due time in turn. xstate's own `SimulatedClock.increment` moves on first and
 * fires then, so a timer started by another one would start late.
 */
export class SteppedClock {
  #now = 0
  #lastId = 0
  readonly #timers = new Map<number, Timer>()

  setTimeout(fire: () => void, ms: number): number {
    this.#lastId += 1
    this.#timers.set(this.#lastId, { due: this.#now + ms, fire })
    return this.#lastId
  }

  clearTimeout(id: number): void {
    this.#timers.delete(id)
  }

  /** The due times of the running timers, the earliest first. */
  due(): number[] {
    return [...this.#timers.values()].map(({ due }) => due).sort((a, b) => a - b)
  }

  /** Milliseconds until the next timer is due; 0 when there is none. */
  untilNext(): number {
    const [next] = this.due()
    return next === undefined ? 0 : next - this.#now
  }

  advance(ms: number): void {
    const until = this.#now + ms
    for (let next = this.#earliest(until); next; next = this.#earliest(until)) {
      const [id, { due, fire }] = next
      this.#now = due
      this.#timers.delete(id)
      fire()
    }
    this.#now = until
  }

  #earliest(until: number): [number, Timer] | undefined {
    let earliest: [number, Timer] | undefined
    for (const entry of this.#timers) {
      if (entry[1].due <= until && (!earliest || entry[1].due < earliest[1].due)) earliest = entry
    }
    return earliest
  }
}
