import type { CallContext } from './adapter.js'

/**
 * One call of the adapter, as long as it is under way. Its signal is made when somebody asks for it: most calls that
 * settle at once never do, and an AbortSignal costs more than the rest of opening and closing together.
 */
export class Call {
  #controller: AbortController | undefined = undefined
  #isAborted = false

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#isAborted) this.#controller.abort()
    }
    return this.#controller.signal
  }

  abort(): void {
    this.#isAborted = true
    this.#controller?.abort()
  }
}

/** What the adapter is given of a call. The signal is a property of its own, so that a context can be spread. */
export function contextOf<T extends object>(call: Call, rest: T): T & CallContext {
  return {
    ...rest,
    get signal() {
      return call.signal
    },
  }
}
