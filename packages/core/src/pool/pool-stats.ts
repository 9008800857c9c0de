import type { CloseReason } from '../adapter/adapter.js'

/** What a distribution of durations looks like; all in ms. */
export interface Histogram {
  readonly count: number
  readonly min: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly max: number
}

/** The pool at one moment, and its totals since creation. `connecting + connected + idle + closing = size`. */
export interface PoolStats {
  readonly state: 'running' | 'paused' | 'closing' | 'closed'
  /** Raised by every `flush()`. */
  readonly generation: number
  readonly min: number
  readonly max: number
  /** Connections not closed. */
  readonly size: number
  readonly connecting: number
  readonly connected: number
  readonly idle: number
  readonly closing: number
  /** Leases on connections that have not ended. */
  readonly leases: number
  readonly waiting: number
  /** Opens that succeeded in time. */
  readonly opened: number
  /** Connections that ended, by reason. */
  readonly closed: Readonly<Record<CloseReason, number>>
  /** Acquires granted, `tryAcquire` included. */
  readonly acquired: number
  readonly timedOut: number
  readonly aborted: number
  /** Acquires refused or failed otherwise. */
  readonly rejected: number
  /** Opens given up before they settled. */
  readonly abandoned: number
  /** Abandoned opens that succeeded after all; their resources were ended on arrival. */
  readonly late: number
  /** Age of the oldest lease in ms; undefined without one. */
  readonly oldestLease?: number
  /** Age of the oldest waiter in ms; undefined without one. */
  readonly oldestWaiter?: number
  /** With `stats: 'full'` only. */
  readonly histograms?: { readonly wait: Histogram; readonly connect: Histogram; readonly lease: Histogram }
}
