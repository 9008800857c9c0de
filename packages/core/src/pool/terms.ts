import type { Asked } from '../acquire/waiter.js'
import type { Adapter } from '../adapter/adapter.js'
import { connectionTable } from '../connection/connection-table.js'
import type { ResolvedOptions } from './resolve-options.js'

/** ms between stampings of parked connections where no idle timeout asks for more. */
const SLOWEST_STAMP = 1_000

/** ms between two looks at what is idle, at most. */
const SLOWEST_TICK = 5_000

/** What options and adapter say for as long as a pool lives, read once. The pools of a keyed pool share it: what each of
 * a million keys has of its own costs memory. */
export class Terms {
  readonly options: ResolvedOptions
  readonly idleMax: number
  readonly maxUses: number
  readonly slow: number
  readonly maxWaiting: number
  /** `acquire.timeout`. */
  readonly patience: number
  /** ms of each of the statechart's timers. */
  readonly delays: readonly number[]
  /** The adapter has `capacity`: connections carry several leases. */
  readonly isShared: boolean
  readonly asksUsable: boolean
  readonly canCheck: boolean
  readonly resets: boolean
  /** What an acquire asks that has no options. */
  readonly plain: Asked
  /** Every lease is known by itself. */
  readonly tracks: boolean
  readonly watchesLeases: boolean
  /** The last idle is lent next, whatever else there is. */
  readonly takesNewest: boolean
  /** A connection lent may have to be replaced among the idle. */
  readonly keepsMoreIdle: boolean
  /** ms between the readings that parked connections get their time from; with the wheel's own tick it stays below the
   * lateness allowed to a deadline, max(10 ms, 1 %). */
  readonly stampInterval: number
  /** ms between two looks at what is idle: what a standstill of the process may add to a connection's idle time. */
  readonly idleTick: number

  constructor(adapter: Adapter<unknown>, options: ResolvedOptions) {
    this.options = options
    this.idleMax = options.idle.max
    this.maxUses = options.lifetime.maxUses
    this.patience = options.acquire.timeout
    this.maxWaiting = options.acquire.maxWaiting
    this.slow = options.acquire.slow
    this.plain = { signal: undefined, timeout: this.patience, fresh: false, priority: 0, client: undefined }
    const delays = {
      connectTimeout: options.connect.timeout,
      checkTimeout: options.health.timeout,
      resetTimeout: options.release.timeout,
      closeTimeout: options.close.timeout,
    }
    this.delays = connectionTable.timers.map((timer) => delays[timer.delay])
    this.isShared = adapter.capacity !== undefined
    this.asksUsable = adapter.isUsable !== undefined
    this.canCheck = adapter.check !== undefined
    this.resets = adapter.reset !== undefined
    this.takesNewest = options.idle.reuse === 'lifo' && !this.isShared
    const { warnAfter, maxDuration } = options.lease
    this.watchesLeases = Math.min(warnAfter, maxDuration) < Number.POSITIVE_INFINITY
    this.tracks = this.isShared || options.acquire.perClient !== undefined || this.watchesLeases
    this.keepsMoreIdle = options.size.minSpare > 0
    this.idleTick = Math.min(Math.max(50, options.idle.timeout / 10), SLOWEST_TICK)
    this.stampInterval = Math.min(Math.max(5, options.idle.timeout / 200), SLOWEST_STAMP)
  }

  /** Whether they are those of such a pool. */
  suit(adapter: Adapter<unknown>, options: ResolvedOptions): boolean {
    return (
      this.options === options &&
      this.isShared === (adapter.capacity !== undefined) &&
      this.asksUsable === (adapter.isUsable !== undefined) &&
      this.canCheck === (adapter.check !== undefined) &&
      this.resets === (adapter.reset !== undefined)
    )
  }
}
