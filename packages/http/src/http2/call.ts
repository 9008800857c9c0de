import type { Clock } from '@millpond/core'
import { RequestAbortedError, RequestTimeoutError } from './http2-errors.js'
import type { Asked } from './request-init.js'

/** What ends when its caller gives up. */
export interface Abortable {
  abort(error: Error): unknown
}

/** One request of a caller, however often it is sent: knows whether the caller still waits. */
export class Call {
  readonly asked: Asked
  readonly #clock: Clock
  readonly #deadline: number
  #timer: unknown
  /** What is under way for it. */
  current: Abortable | undefined
  /** Why the caller no longer waits. */
  gaveUp: Error | undefined

  constructor(asked: Asked, origin: string, clock: Clock) {
    const { signal, timeout } = asked
    this.asked = asked
    this.#clock = clock
    this.#deadline = timeout === Number.POSITIVE_INFINITY ? timeout : clock.now() + timeout
    if (signal?.aborted) this.gaveUp = new RequestAbortedError(signal.reason)
    else signal?.addEventListener('abort', this)
    if (timeout !== Number.POSITIVE_INFINITY) {
      this.#timer = clock.setTimeout(() => this.#giveUp(new RequestTimeoutError(origin, timeout)), timeout)
    }
  }

  /** ms that are left; above 0, since at 0 it has been given up. */
  get left(): number {
    return Math.max(0.1, this.#deadline - this.#clock.now())
  }

  /** The answer has begun: from here on there is no deadline. */
  answered(): void {
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }

  /** Nothing of it is left. */
  end(): void {
    this.answered()
    this.current = undefined
    this.asked.signal?.removeEventListener('abort', this)
  }

  /** Resolves after a pause. Rejects when the caller gives up meanwhile. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(() => {
        this.current = undefined
        resolve()
      }, ms)
      this.current = {
        abort: (error) => {
          this.#clock.clearTimeout(timer)
          reject(error)
        },
      }
    })
  }

  /** The signal aborts. */
  handleEvent(): void {
    this.#giveUp(new RequestAbortedError(this.asked.signal?.reason))
  }

  #giveUp(error: Error): void {
    if (this.gaveUp !== undefined) return
    this.gaveUp = error
    this.current?.abort(error)
  }
}
