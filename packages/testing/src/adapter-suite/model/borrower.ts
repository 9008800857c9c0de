import type { Lease } from '@millpond/core'
import type { ModelledResource } from './modelled-resource.js'

/** Somebody who waits for a connection, or has one. */
export interface Borrower<R> {
  /** 1, 2, 3 … in the order in which they asked. */
  readonly number: number
  /** Settles when the acquire has; never rejects. */
  readonly settled: Promise<void>
  lease: Lease<R> | undefined
  record: ModelledResource<R> | undefined
  /** Has looked at what it got: nothing else happens before. */
  hasLooked: boolean
}
