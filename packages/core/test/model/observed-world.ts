import type { Lease, Pool } from '../../src/index.js'
import type { VirtualClock } from '../virtual-clock.js'
import type { ModelResource } from './modelled-adapter.js'
import type { PoolClock } from './pool-clock.js'
import type { Program } from './program.js'
import type { Violation } from './violation.js'

/** An acquire that has not settled, as its caller knows it. */
export interface PendingAcquire {
  readonly id: number
  readonly since: number
  readonly deadline: number
  readonly fresh: boolean
  readonly aborter: AbortController | undefined
  aborted: boolean
}

/** A lease in a caller's hands. */
export interface HeldLease {
  readonly id: number
  readonly lease: Lease<ModelResource>
  readonly resource: ModelResource
}

/** What the invariants look at. */
export interface ObservedWorld {
  readonly program: Program
  readonly clock: VirtualClock
  readonly poolClock: PoolClock
  readonly pool: Pool<ModelResource>
  readonly resources: readonly ModelResource[]
  readonly held: readonly HeldLease[]
  readonly pending: ReadonlyMap<number, PendingAcquire>
  /** When an open last failed, or something happened that counts as one. */
  readonly openFailures: { readonly at: number }
  /** ms that the command before the present moment let pass. */
  readonly lastAdvance: number
  /** When a call of the adapter last settled. */
  readonly lastSettledAt: number
  /** Calls of warm in progress. */
  readonly warming: number
  readonly abortListeners: number
  /** Calls of use whose acquire has not settled. */
  readonly awaitedUses: number
  readonly closed: 'no' | 'closing' | 'yes'
  /** The deadline of close and destroy: the earliest that was given. */
  readonly closeDeadline: number
  isLate(resource: ModelResource): boolean
  violate(violation: Violation): void
}
