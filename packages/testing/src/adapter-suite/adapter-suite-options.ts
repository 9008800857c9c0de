import type { Adapter } from '@millpond/core'
import type { ServerTruth } from './server-truth.js'

/** One adapter with a server of its own. */
export interface AdapterSetup<R> {
  readonly adapter: Adapter<R>
  readonly server: ServerTruth<R>
  /** Stops the server. Called once, after the adapter's resources have been ended. */
  teardown(): unknown
}

/** What `adapterSuite` is given. */
export interface AdapterSuiteOptions<R> {
  /** What is proved, in the titles of its tests: `tcp`. */
  readonly name: string
  /** Makes an adapter and a server for one test. Nothing is shared between tests. */
  readonly setup: () => Promise<AdapterSetup<R>> | AdapterSetup<R>
  /** Leaves behind what a borrower may leave on a resource: a changed setting, an open transaction. Needed for the
   * clauses on `reset`. */
  readonly dirty?: (resource: R) => unknown
  /** Whether nothing of that is left. Needed for the clauses on `reset`. */
  readonly isClean?: (resource: R) => boolean | Promise<boolean>
  /** One exchange with the server, as a borrower makes it; rejects when it does not work. Default: none is made, which
   * leaves more to `check`. */
  readonly use?: (resource: R) => unknown
  /** Random programs to try. Default: up to 200, as many as fit into 10 seconds. */
  readonly runs?: number
  /** Of an earlier failure, to try the same programs again. Default: drawn anew. */
  readonly seed?: number
  /** Of an earlier failure, printed beside its seed: begins with the program that failed. Default: with the first. */
  readonly path?: string
}
