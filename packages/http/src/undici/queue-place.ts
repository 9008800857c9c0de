import type { DispatchTarget } from './dispatch-target.js'

/** A request's place in the queue for a connection. It is its own abort signal, of the few members that a pool uses: a
 * real one costs more than the rest of the waiting. */
export class QueuePlace {
  readonly target: DispatchTarget
  /** It needs a connection that is opened for it. */
  readonly fresh: boolean
  aborted = false
  reason: unknown
  #listener: { handleEvent(): void } | undefined

  constructor(target: DispatchTarget, fresh: boolean) {
    this.target = target
    this.fresh = fresh
  }

  /** As an AbortSignal. */
  get signal(): AbortSignal {
    return this as unknown as AbortSignal
  }

  addEventListener(_type: 'abort', listener: { handleEvent(): void }): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = undefined
  }

  giveUp(reason: unknown): void {
    this.aborted = true
    this.reason = reason
    this.#listener?.handleEvent()
  }
}
