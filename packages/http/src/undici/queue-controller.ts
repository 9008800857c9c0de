import type { Dispatcher } from 'undici'

/** What a handler has in hand while its request waits for a connection. When that has come, it gets the client's. */
export class QueueController implements Dispatcher.DispatchController {
  readonly #giveUp: (reason: Error) => void
  #reason: Error | null = null
  #aborted = false
  #paused = false
  readonly rawHeaders = null
  readonly rawTrailers = null

  constructor(giveUp: (reason: Error) => void) {
    this.#giveUp = giveUp
  }

  get aborted(): boolean {
    return this.#aborted
  }

  get paused(): boolean {
    return this.#paused
  }

  get reason(): Error | null {
    return this.#reason
  }

  abort(reason: Error): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    this.#giveUp(reason)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
  }
}
