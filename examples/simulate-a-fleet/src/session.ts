import type { Clock } from '@millpond/core'

/** One connection to the database, as a process has it. */
export class Session {
  /** Called when the database ends the session. */
  onLost: (() => void) | undefined
  readonly #clock: Clock
  readonly #closed: () => void
  #isOpen = true
  #giveUp: (() => void) | undefined

  constructor(clock: Clock, closed: () => void) {
    this.#clock = clock
    this.#closed = closed
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Resolves when the query is done, after so many ms. Rejects when the session ends before. */
  query(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        this.#giveUp = undefined
        resolve()
      }, ms)
      this.#giveUp = () => {
        this.#clock.clearTimeout(timer)
        reject(new Error('the session has ended'))
      }
    })
  }

  /** The process is done with it. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#closed()
    this.#giveUp?.()
  }

  /** The database is done with it. */
  end(): void {
    this.close()
    this.onLost?.()
  }
}
