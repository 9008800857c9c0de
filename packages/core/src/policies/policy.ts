import type { CloseReason } from '../adapter/adapter.js'
import type { ConnectionInfo } from '../connection/connection-info.js'
import type { PoolStats } from '../pool/pool-stats.js'

/** The connection a hook is asked about. */
export interface PolicySubject<R = unknown> {
  /** The live view of it: the same object for a connection's whole life. */
  readonly connection: ConnectionInfo
  readonly resource: R
  /** The pool's clock, in ms. */
  readonly now: number
}

/** Ends a connection for a reason of its own; 'retire' alone has the reason `retired`. */
export interface Retirement {
  readonly verdict: 'retire'
  /** What events and `stats().closed` say. Default `retired`. */
  readonly reason?: CloseReason
  /** In words, for the `retire` event. */
  readonly detail?: string
}

/** What becomes of a connection: 'keep' it, 'check' its health before it is lent again, or 'retire' it once it is free.
 * Of several policies the severest wins: retire, then check, then keep. */
export type Verdict = 'keep' | 'check' | 'retire' | Retirement

/** What becomes of an idle connection: a verdict now, and when to be asked again if it is still idle then. */
export type IdleVerdict =
  | Verdict
  | {
      readonly verdict?: Verdict
      /** ms of the pool's clock. */
      readonly lookAgain: number
    }

/** Refuses with this error: as it is where it is a `PoolError`, else as the cause of an `OverloadedError`. */
export interface Rejection {
  readonly verdict: 'reject'
  readonly error: Error
}

/** Whether an acquire is granted, or an open begun. Of several policies the severest wins: reject, then wait, then
 * admit. Who answers 'wait' must call `wake()` when the answer may have changed: the pool never polls. */
export type Admission = 'admit' | 'wait' | 'reject' | Rejection

/** The acquire a policy is asked about. */
export interface AdmitRequest {
  /** 'arrival': it has just been called. 'turn': a connection is at hand, and this is the longest waiting of its
   * priority. 'wake': likewise the longest waiting, asked because a policy called `wake()`. */
  readonly occasion: 'arrival' | 'turn' | 'wake'
  readonly priority: number
  readonly client: string | undefined
  /** ms it has waited. */
  readonly waited: number
  /** Waiters, this one included unless it arrives. */
  readonly waiting: number
  readonly now: number
}

/** The open a policy is asked about, before it begins. */
export interface OpenRequest {
  /** Connections not closed. */
  readonly size: number
  readonly connecting: number
  readonly waiting: number
  readonly now: number
}

/** The pool as a policy sees it. */
export interface PolicyHost {
  /** The pool's name. */
  readonly pool: string
  /** `size.min`, `size.max` and everything else of this moment. */
  stats(): PoolStats
  now(): number
  /** Chance: the pool's option `random`. */
  random(): number
  /** Asks again whatever was told to wait: now, or at the moment `at` (ms of the pool's clock; the earliest holds). */
  wake(at?: number): void
  /** ms of the pool's clock since which the longest-waiting waits; undefined when nobody does. */
  waitingSince(): number | undefined
  /** Retires an idle connection to make room elsewhere. False when it is not idle, or kept by `size.min` or `size.minSpare`. */
  evict(connection: ConnectionInfo): boolean
}

/** What a policy is asked and told. Each hook is optional, synchronous and cheap; one that throws counts as 'keep' or
 * 'admit', and its error goes to the pool's `error` event. */
export interface PolicyHooks<R = unknown> {
  /** It has been opened. */
  onConnect?(subject: PolicySubject<R>): Verdict | undefined
  /** It is about to be lent. */
  onAcquire?(subject: PolicySubject<R>): Verdict | undefined
  /** It comes back: its last lease was released. Not asked of one that is retired, destroyed, detached or lost. */
  onRelease?(subject: PolicySubject<R>): Verdict | undefined
  /** It has come to rest, the moment asked for by `lookAgain` has come, or fewer are kept open than before. */
  onIdle?(subject: PolicySubject<R>): IdleVerdict | undefined
  /** May this acquire be granted? */
  admit?(request: AdmitRequest): Admission
  /** May an open begin? 'reject' fails the waiters that nothing open can serve. */
  mayOpen?(request: OpenRequest): Admission
  /** An open begins. */
  onConnecting?(event: { readonly connection: ConnectionInfo; readonly now: number }): void
  /** An open failed. */
  onConnectError?(event: { readonly connection: ConnectionInfo; readonly error: unknown; readonly now: number }): void
  /** A connection has closed: one call for each `onConnecting`. */
  onDisconnect?(event: {
    readonly connection: ConnectionInfo
    readonly reason: CloseReason
    readonly now: number
  }): void
  /** The pool has closed. */
  detach?(): void
}

/**
 * A rule of a pool's own making, with the power of the built-in ones. A plain value: one policy may be given to many
 * pools. What it has to remember of one pool it keeps in `attach`, which returns hooks for that pool.
 */
export interface Policy<R = unknown> extends PolicyHooks<R> {
  /** In errors and events. */
  readonly name: string
  /** Called once for each pool it is given to, when that is made. */
  attach?(host: PolicyHost): PolicyHooks<R> | undefined
}

/** Returns the policy as it is, with its resource type inferred. */
export function definePolicy<R = unknown>(policy: Policy<R>): Policy<R> {
  return policy
}
