import type { Pool } from '../../src/index.js'
import type { VirtualClock } from '../virtual-clock.js'
import type { Borrowers } from './borrowers.js'
import type { HeldLeases } from './held-leases.js'
import type { ModelResource } from './model-resource.js'
import type { ModelledPolicy } from './modelled-policy.js'
import type { PoolClock } from './pool-clock.js'
import type { Action, Program } from './program.js'
import type { Violation } from './violation.js'

/** What adapters, policies, borrowers and invariants know of the world around them. */
export interface ModelWorld {
  readonly program: Program
  readonly clock: VirtualClock
  readonly poolClock: PoolClock
  readonly pool: Pool<ModelResource>
  readonly resources: ModelResource[]
  readonly policies: readonly ModelledPolicy[]
  readonly borrowers: Borrowers
  readonly leases: HeldLeases
  /** The pool is a group, which passes on what its members say. */
  readonly isGroup: boolean
  /** Commands so far. */
  readonly step: number
  /** In the middle of something else: in a listener, a policy or a call of the adapter. */
  readonly isNested: boolean
  /** Things done so far in the middle of others. */
  readonly acts: number
  /** When an open last failed, or something happened that counts as one. */
  readonly openFailures: { readonly at: number }
  /** ms that the command before the present moment let pass. */
  readonly lastAdvance: number
  /** When a call of the adapter last settled. */
  readonly lastSettledAt: number
  /** Calls of warm in progress. */
  warming: number
  readonly closed: 'no' | 'closing' | 'yes'
  /** The deadline of close and destroy: the earliest that was given. */
  readonly closeDeadline: number
  /** Leases of which a `leak` warned: the connection's id and since when. */
  readonly leaks: ReadonlySet<string>
  log(line: string): void
  saw(what: string): void
  violate(violation: Violation): void
  /** Does something to the pool in the middle of something else. */
  act(action: Action, where: string): void
  resourceOf(connectionId: number): ModelResource | undefined
  closing(promise: Promise<void>, timeout: number): void
  /** An open begins, or has settled. */
  opening(connectionId: number): void
  openSettled(succeeded: boolean): void
  /** A call for an open resource has settled: one more may be idle from here on. */
  callSettled(): void
  /** Something happened after which the pool may wait before its next open. */
  trouble(): void
}

/** By how much a deadline of so many ms may be missed. */
export function lateness(ms: number): number {
  return Math.max(10, ms * 0.01)
}
