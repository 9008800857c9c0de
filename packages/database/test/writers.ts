import { setTimeout } from 'node:timers/promises'
import { until } from './until.js'

/** Callers that write without a pause, and remember what they were told. */
export class Writers {
  readonly acknowledged: number[] = []
  readonly errors: (Error & { code?: string })[] = []
  readonly #write: (id: number) => Promise<unknown>
  readonly #running: Promise<void>[]
  #isOver = false
  #next: number
  #whenWritten: ((at: number) => void) | undefined

  constructor(write: (id: number) => Promise<unknown>, callers: number, firstId = 0) {
    this.#write = write
    this.#next = firstId
    this.#running = Array.from({ length: callers }, () => this.#run())
  }

  /** When the next write is acknowledged that begins from now on. */
  nextWrite(): Promise<number> {
    return new Promise((resolve) => {
      this.#whenWritten = resolve
    })
  }

  /** So many more have been acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count
    await until(() => this.acknowledged.length >= wanted)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#running)
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const id = this.#next++
      const whenWritten = this.#whenWritten
      try {
        await this.#write(id)
        this.acknowledged.push(id)
        whenWritten?.(performance.now())
      } catch (error) {
        this.errors.push(error as Error)
        // Callers that are refused at once would leave the event loop no time.
        await setTimeout(1)
      }
    }
  }
}
