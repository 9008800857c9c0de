import type { AcquireFailure, CloseReason } from '@millpond/core'
import type { Percentiles } from './durations.js'
import type { Violation } from './violation.js'

/** How a group of requests fared: those that came after the warm-up. */
export interface RequestReport {
  /** Requests that came. */
  readonly asked: number
  /** … and were lent a connection. */
  readonly granted: number
  /** … and gave it back whole. */
  readonly completed: number
  /** … whose connection was gone before they were done. */
  readonly broken: number
  /** … and were refused, or left, by reason. */
  readonly rejected: Readonly<Partial<Record<AcquireFailure, number>>>
  /** ms from asking to being lent a connection. */
  readonly wait: Percentiles
  /** ms from asking to having given it back. */
  readonly total: Percentiles
}

/** The pool at moments that are equally far apart, one number a moment in each series. */
export interface TimelineReport {
  /** ms between two moments; the first is at the end of the first interval. */
  readonly every: number
  /** Connections not closed. */
  readonly size: readonly number[]
  readonly leased: readonly number[]
  readonly idle: readonly number[]
  readonly waiting: readonly number[]
  /** Requests that were completed in the interval before. */
  readonly completed: readonly number[]
}

/** What a simulation found. Plain data, and nothing in it but for what was simulated: the same seed, the same report. */
export interface SimulationReport {
  readonly seed: number
  /** ms of virtual time in which requests came, warm-up included. */
  readonly duration: number
  readonly warmup: number
  readonly requests: RequestReport
  /** By client, where the load names any. */
  readonly clients: Readonly<Record<string, RequestReport>>
  /** Requests completed a second, after the warm-up and before the end. */
  readonly throughput: number
  /** Leases at once, on average over the same time. */
  readonly busy: number
  /** `busy` as a share of what may be lent at once; of what was open, where that has no limit. */
  readonly utilisation: number
  /** Over all of the time. */
  readonly connections: {
    readonly opened: number
    readonly failed: number
    readonly abandoned: number
    readonly late: number
    readonly lost: number
    readonly closed: Readonly<Partial<Record<CloseReason, number>>>
    /** Open or being opened at once, at most. */
    readonly peak: number
  }
  readonly timeline: TimelineReport
  /** What the pool did that it must not do: DESIGN §2's invariants as they can be seen from outside. */
  readonly violations: readonly Violation[]
}
