import { AsyncResource } from 'node:async_hooks'
import type { EventEmitter } from 'eventemitter3'
import type { Adapter } from '../adapter/adapter.js'
import { systemClock, systemNow } from '../time/system-clock.js'
import { TimerWheel } from '../time/timer-wheel.js'
import { DurationHistogram } from './duration-histogram.js'
import { Moments } from './moments.js'
import type { PoolEvents } from './pool-events.js'
import type { ResolvedOptions } from './resolve-options.js'
import { Terms } from './terms.js'

/** What the pools of a keyed pool have in common, and a pool by itself has alone: its options, time, async context and
 * listeners. */
export class Surroundings<R> {
  readonly options: ResolvedOptions
  readonly moments: Moments<R>
  readonly wheel: TimerWheel
  /** The id of the last connection. */
  lastId = 0
  /** The last reading of the clock: never ahead of it. */
  lastNow = 0
  /** Only with `stats: 'full'`. */
  readonly histograms: { wait: DurationHistogram; connect: DurationHistogram; lease: DurationHistogram } | undefined
  readonly #scope = new AsyncResource('millpond.Pool')
  readonly #usesSystemClock: boolean
  readonly #terms: Terms[] = []

  constructor(options: ResolvedOptions, emitter: EventEmitter<PoolEvents<R>>) {
    const isFull = options.stats === 'full'
    this.options = options
    this.#usesSystemClock = options.clock === systemClock
    this.moments = new Moments(options.name, emitter, isFull || options.inspect !== undefined)
    this.wheel = new TimerWheel(options.clock, (fn) => this.inScope(fn))
    this.histograms = isFull
      ? { wait: new DurationHistogram(), connect: new DurationHistogram(), lease: new DurationHistogram() }
      : undefined
  }

  now(): number {
    // Known by name, the reading can be inlined.
    this.lastNow = this.#usesSystemClock ? systemNow() : this.options.clock.now()
    return this.lastNow
  }

  /** Made once for all pools that have the same. */
  termsOf(adapter: Adapter<R>, options: ResolvedOptions): Terms {
    const known = this.#terms.find((terms) => terms.suit(adapter, options))
    if (known !== undefined) return known
    const terms = new Terms(adapter, options)
    this.#terms.push(terms)
    return terms
  }

  /** Runs `fn` in the async context in which the pool was made. */
  inScope<T>(fn: () => T): T {
    return this.#scope.runInAsyncScope(fn)
  }
}
