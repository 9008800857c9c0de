/** One connection to the database, as a process has it. */
export class Session {
  /** Called when the database ends the session. */
  onLost: (() => void) | undefined
  readonly #run: (ms: number, done: () => void) => () => void
  readonly #closed: () => void
  #isOpen = true
  #giveUp: ((error: Error) => void) | undefined

  constructor(run: (ms: number, done: () => void) => () => void, closed: () => void) {
    this.#run = run
    this.#closed = closed
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Resolves when the query is done. Rejects when the session ends before. */
  query(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) {
        reject(new Error('the session has ended'))
        return
      }
      const stop = this.#run(ms, () => {
        this.#giveUp = undefined
        resolve()
      })
      this.#giveUp = (error) => {
        stop()
        reject(error)
      }
    })
  }

  /** The process is done with it. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#closed()
    this.#giveUp?.(new Error('the session has ended'))
  }

  /** The database is done with it. */
  end(): void {
    this.close()
    this.onLost?.()
  }
}
