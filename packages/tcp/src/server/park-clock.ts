import { Alarm, type TimerWheel } from '@millpond/core/kit'

/** ms that a time may be late where connections are parked again and again. */
const STEP = 20
/** Readings within `STEP` from which on the clock is no longer read for each. */
const MANY = 32

/**
 * When a connection was parked: what every request ends with, so that reading the clock for it would be a noticeable
 * part of what a guard costs. Where it is asked often, one reading serves all of the next 20 ms, rounded up to their
 * end: a timeout may come that much later, and no earlier.
 */
export class ParkClock {
  readonly #wheel: TimerWheel
  readonly #read: () => number
  readonly #alarm = new Alarm(() => this.#step())
  #known = Number.NEGATIVE_INFINITY
  #asked = 0

  constructor(wheel: TimerWheel, read: () => number) {
    this.#wheel = wheel
    this.#read = read
  }

  now(): number {
    this.#asked++
    if (this.#alarm.armed) return this.#known + STEP
    const now = this.#read()
    if (now - this.#known > STEP) {
      this.#known = now
      this.#asked = 0
    } else if (this.#asked > MANY) this.#stepFrom(now)
    return now
  }

  #step(): void {
    if (this.#asked > MANY) this.#stepFrom(this.#read())
  }

  #stepFrom(now: number): void {
    this.#known = now
    this.#asked = 0
    this.#wheel.arm(this.#alarm, now + STEP)
  }
}
