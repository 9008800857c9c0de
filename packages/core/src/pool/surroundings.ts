import { AsyncResource } from 'node:async_hooks'
import type { EventEmitter } from 'eventemitter3'
import { Alarm, TimerWheel } from '../time/timer-wheel.js'
import { DurationHistogram } from './duration-histogram.js'
import { Moments } from './moments.js'
import type { PoolEvents } from './pool-events.js'
import type { ResolvedOptions } from './resolve-options.js'

/** A pool whose parked connections get their time from one reading of the clock. */
export interface Stamped {
  /** Does nothing where they have been stamped, or the pool has none any more. */
  stampParked(): void
}

/** What the pools of a keyed pool have in common, and a pool by itself has alone: its options, time, async context and
 * listeners. */
export class Surroundings<R> {
  readonly options: ResolvedOptions
  readonly moments: Moments<R>
  readonly wheel: TimerWheel
  /** The id of the last connection. */
  lastId = 0
  /** Only with `stats: 'full'`. */
  readonly histograms: { wait: DurationHistogram; connect: DurationHistogram; lease: DurationHistogram } | undefined
  /** Pools with connections that were parked without reading the clock, and how many of them have such still. */
  #unstamped: Stamped[] = []
  #stillUnstamped = 0
  readonly #stamping = new Alarm(() => {
    const unstamped = this.#unstamped
    this.#unstamped = []
    for (const pool of unstamped) pool.stampParked()
  })
  readonly #scope = new AsyncResource('millpond.Pool')

  constructor(options: ResolvedOptions, emitter: EventEmitter<PoolEvents<R>>) {
    const isFull = options.stats === 'full'
    this.options = options
    this.moments = new Moments(options.name, emitter, isFull || options.inspect !== undefined)
    this.wheel = new TimerWheel(options.clock, (fn) => this.inScope(fn))
    this.histograms = isFull
      ? { wait: new DurationHistogram(), connect: new DurationHistogram(), lease: new DurationHistogram() }
      : undefined
  }

  /** Has the pool's parked connections stamped by the moment `at`, together with those of others. */
  stampLater(pool: Stamped, at: number): void {
    this.#unstamped.push(pool)
    this.#stillUnstamped++
    if (!this.#stamping.armed) this.wheel.arm(this.#stamping, at)
  }

  /** One of the pools has been stamped, or has nothing to stamp any more. */
  stamped(): void {
    if (--this.#stillUnstamped > 0) return
    this.#unstamped = []
    this.wheel.disarm(this.#stamping)
  }

  /** Runs `fn` in the async context in which the pool was made. */
  inScope<T>(fn: () => T): T {
    return this.#scope.runInAsyncScope(fn)
  }
}
