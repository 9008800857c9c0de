import type { Clock } from '@millpond/core'
import type { Packet } from './stage.js'

/** Holds packets until they are due, in order, on one timer. */
export class DelayLine {
  readonly #clock: Clock
  readonly #pass: (packet: Packet) => void
  readonly #waiting: { readonly packet: Packet; readonly due: number }[] = []
  #timer: unknown
  #lastDue = Number.NEGATIVE_INFINITY

  constructor(clock: Clock, pass: (packet: Packet) => void) {
    this.#clock = clock
    this.#pass = pass
  }

  /** When the packet that came last is, or was, due. */
  get lastDue(): number {
    return this.#lastDue
  }

  /** Passes it when it is due, on the clock, and never before what came earlier. */
  hold(packet: Packet, due: number): void {
    this.#lastDue = due
    this.#waiting.push({ packet, due })
    if (this.#timer === undefined) this.#arm()
  }

  /** Passes everything now. */
  release(): void {
    this.#disarm()
    for (const { packet } of this.#waiting.splice(0)) this.#pass(packet)
  }

  discard(): void {
    this.#disarm()
    this.#waiting.length = 0
  }

  #arm(): void {
    const head = this.#waiting[0]
    if (head === undefined) return
    this.#timer = this.#clock.setTimeout(() => this.#onTimer(), Math.max(0, head.due - this.#clock.now()))
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #onTimer(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    // Node's timers cut off fractions of a ms, so that it may be too early: then it is set again.
    for (let head = this.#waiting[0]; head !== undefined && head.due <= now; head = this.#waiting[0]) {
      this.#waiting.shift()
      this.#pass(head.packet)
    }
    if (this.#timer === undefined) this.#arm()
  }
}
