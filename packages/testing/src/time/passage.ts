import { setImmediate } from 'node:timers'
import { NeverIdleError } from './never-idle-error.js'
import { hold, type RealTimeWatch, release } from './real-time-watch.js'
import type { Timeline } from './timeline.js'

// Taken now: fake timers that a test installs are for the code under test.
const inNextTurn = setImmediate

/** Timers at one moment that nothing has a reason for. */
const STANDSTILL = 1_000_000

/** A stretch of time that passes. */
export interface Stretch {
  readonly timeline: Timeline
  /** Absent where real timers are allowed. */
  readonly watch: RealTimeWatch | undefined
  /** Timers that are set. */
  pending(): number
  /** ms of virtual time at which it ends; `Infinity` for when no timer is left. */
  readonly until: number
  /** Timers that may fire. */
  readonly most: number
  /** Timers in one turn of the event loop, at most. */
  readonly perTurn: number
}

/** Wrapped, since anything may be thrown. */
export interface Failure {
  readonly reason: unknown
}

/**
 * Lets time pass: fires timer after timer, and lets microtasks run to their end in between, as Node does between two of
 * its own. Each timer fires in an immediate of its own, and Node runs ticks and microtasks after every immediate; many
 * immediates in one turn of the event loop cost 0.15 µs each, one in each turn 1.1 µs.
 */
export class Passage {
  readonly #stretch: Stretch
  readonly #settle: (failure?: Failure) => void
  /** Immediates of this turn that have not run. */
  #left = 0
  #perTurn = 1
  #fired = 0
  #firedNow = 0
  #over = false

  /** `settle` is called once, with what ended it before its time, if anything did. */
  constructor(stretch: Stretch, settle: (failure?: Failure) => void) {
    this.#stretch = stretch
    this.#settle = settle
    if (stretch.watch !== undefined) hold()
    this.#ask()
  }

  /** Few at first, so that a short passage leaves few behind. The last one of a turn only looks what has become of the
   * others; after it the process has its turn. */
  #ask(): void {
    const count = this.#perTurn
    this.#left = count + 1
    this.#perTurn = Math.min(2 * count, this.#stretch.perTurn)
    for (let n = 0; n <= count; n++) inNextTurn(this.#step)
  }

  readonly #step = (): void => {
    this.#left--
    if (this.#over) return
    if (this.#left === 0) {
      this.#yield()
      return
    }
    const { timeline, watch, until } = this.#stretch
    watch?.open()
    const at = timeline.nextAt
    if (at <= until && at !== Number.POSITIVE_INFINITY) {
      const failure = this.#fire(at)
      if (failure !== undefined) this.#end(failure)
    } else {
      if (until > timeline.now && until !== Number.POSITIVE_INFINITY) timeline.now = until
      this.#end()
    }
  }

  #yield(): void {
    const { watch } = this.#stretch
    watch?.close(true)
    const complaint = watch?.complaint()
    if (complaint === undefined) this.#ask()
    else this.#end({ reason: complaint })
  }

  #fire(at: number): Failure | undefined {
    const { timeline, most } = this.#stretch
    this.#firedNow = at > timeline.now ? 0 : this.#firedNow + 1
    if (++this.#fired > most) return { reason: this.#neverIdle('Does something set a timer whenever one fires?') }
    if (this.#firedNow > STANDSTILL) return { reason: this.#neverIdle('Time stands still: they are all due at once.') }
    try {
      timeline.fireNext()
      return undefined
    } catch (reason) {
      return { reason }
    }
  }

  #neverIdle(advice: string): NeverIdleError {
    const { timeline, pending } = this.#stretch
    return new NeverIdleError(this.#fired - 1, timeline.now, pending(), advice)
  }

  #end(failure?: Failure): void {
    this.#over = true
    const { watch } = this.#stretch
    watch?.close(true)
    if (watch !== undefined) release()
    const complaint = failure === undefined ? watch?.complaint() : undefined
    this.#settle(complaint === undefined ? failure : { reason: complaint })
  }
}
