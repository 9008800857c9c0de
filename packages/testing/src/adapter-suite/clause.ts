import type { Bench } from './bench.js'
import type { Needs } from './need.js'

/** One promise of an adapter. */
export interface Clause {
  /** The promise as a sentence, with the invariants that rest on it. */
  readonly title: string
  /** What it cannot be tried without. */
  readonly needs: readonly Needs[]
  /** Rejects when the promise is broken. */
  prove<R>(bench: Bench<R>): Promise<void>
}
