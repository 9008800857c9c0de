import { AsyncResource } from 'node:async_hooks'
import type { EventEmitter } from 'eventemitter3'
import { TimerWheel } from '../time/timer-wheel.js'
import { DurationHistogram } from './duration-histogram.js'
import { Moments } from './moments.js'
import type { PoolEvents } from './pool-events.js'
import type { ResolvedOptions } from './resolve-options.js'

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

  /** Runs `fn` in the async context in which the pool was made. */
  inScope<T>(fn: () => T): T {
    return this.#scope.runInAsyncScope(fn)
  }
}
