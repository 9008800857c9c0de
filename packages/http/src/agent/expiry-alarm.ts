import type { Clock } from '@millpond/core'

/** A connection that its server may close at some time. */
export interface Expiring {
  /** Somebody has it: when it expires, is known when it comes back. */
  readonly isLent: boolean
  /** ms of the pool's clock. */
  readonly expiresAt: number
  retire(reason: string): void
}

/** ms between two looks at least: many connections that expire one by one cost one look. */
const LEAST_DELAY = 50

/** Retires idle connections before their servers do, as those have announced. One timer for all. */
export class ExpiryAlarm {
  readonly #clock: Clock
  readonly #connections: Iterable<Expiring>
  #timer: unknown
  #due = Number.POSITIVE_INFINITY

  constructor(clock: Clock, connections: Iterable<Expiring>) {
    this.#clock = clock
    this.#connections = connections
  }

  /** When it rings next. */
  get due(): number {
    return this.#due
  }

  /** One has come to rest that expires then. */
  note(expiresAt: number): void {
    if (expiresAt >= this.#due) return
    this.stop()
    this.#arm(expiresAt, this.#clock.now())
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#due = Number.POSITIVE_INFINITY
  }

  #arm(due: number, now: number): void {
    this.#due = due
    this.#timer = this.#clock.setTimeout(() => this.#ring(), Math.max(0, due - now))
    this.#clock.unref?.(this.#timer)
  }

  #ring(): void {
    this.#timer = undefined
    this.#due = Number.POSITIVE_INFINITY
    const now = this.#clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const connection of [...this.#connections]) {
      if (connection.isLent) continue
      if (connection.expiresAt > now) next = Math.min(next, connection.expiresAt)
      else connection.retire('the server closes it soon, by its Keep-Alive header')
    }
    if (next < this.#due) this.#arm(Math.max(next, now + LEAST_DELAY), now)
  }
}
