/** The call by which the program came to the pool. */
const ENTRANCE = /at (ResourcePool|KeyView|KeyedResourcePool)\.(acquire|tryAcquire|use) /

/** Where the program was when this was made: the calls that led to the pool, without those inside it. */
export class Trace {
  readonly #captured: { readonly stack?: string } = {}

  constructor() {
    Error.captureStackTrace(this.#captured, Trace)
  }

  /** Formatted when asked for: most are never read. */
  get stack(): string {
    const calls = (this.#captured.stack ?? '').split('\n').slice(1)
    return calls.slice(calls.findIndex((call) => ENTRANCE.test(call)) + 1).join('\n')
  }
}
