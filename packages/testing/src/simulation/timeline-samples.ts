import type { PoolStats } from '@millpond/core'
import type { TimelineReport } from './simulation-report.js'

/** The pool's counts at moments that are equally far apart. */
export class TimelineSamples {
  readonly #every: number
  readonly #size: number[] = []
  readonly #leased: number[] = []
  readonly #idle: number[] = []
  readonly #waiting: number[] = []
  readonly #completed: number[] = []
  #completedBefore = 0

  constructor(every: number) {
    this.#every = every
  }

  add({ size, leases, idle, waiting }: PoolStats, completed: number): void {
    this.#size.push(size)
    this.#leased.push(leases)
    this.#idle.push(idle)
    this.#waiting.push(waiting)
    this.#completed.push(completed - this.#completedBefore)
    this.#completedBefore = completed
  }

  report(): TimelineReport {
    return {
      every: this.#every,
      size: this.#size,
      leased: this.#leased,
      idle: this.#idle,
      waiting: this.#waiting,
      completed: this.#completed,
    }
  }

  /** Connections that were open, on average. */
  get meanSize(): number {
    return this.#size.reduce((sum, size) => sum + size, 0) / Math.max(1, this.#size.length)
  }
}
