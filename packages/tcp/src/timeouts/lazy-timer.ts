import type { Clock } from '@millpond/core'

/**
 * A timer for a deadline that moves all the time. What moves it only notes the time; when the timer fires, `look`
 * says how many ms are left, or undefined when there is nothing to wait for. So there is one timer however often the
 * deadline moves, and none while nothing is awaited. It does not hold the process: what it watches does that.
 */
export class LazyTimer {
  readonly #clock: Clock
  readonly #look: () => number | undefined
  #timer: unknown

  constructor(clock: Clock, look: () => number | undefined) {
    this.#clock = clock
    this.#look = look
  }

  /** Fires after `ms`, unless it is armed already. */
  arm(ms: number): void {
    if (this.#timer !== undefined) return
    this.#timer = this.#clock.setTimeout(this.#fire, ms)
    this.#clock.unref?.(this.#timer)
  }

  disarm(): void {
    if (this.#timer === undefined) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  readonly #fire = () => {
    this.#timer = undefined
    const left = this.#look()
    if (left !== undefined) this.arm(left)
  }
}
