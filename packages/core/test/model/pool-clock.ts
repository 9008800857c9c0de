import type { Clock } from '../../src/index.js'

/** A clock for the pool alone, so that its timers can be told from the adapter's. */
export interface PoolClock extends Clock {
  readonly pending: number
}

export function poolClock(clock: Clock): PoolClock {
  const timers = new Set<unknown>()
  return {
    now: clock.now,
    get pending() {
      return timers.size
    },
    setTimeout(fn, ms) {
      const timer = clock.setTimeout(() => {
        timers.delete(timer)
        fn()
      }, ms)
      timers.add(timer)
      return timer
    },
    clearTimeout(timer) {
      timers.delete(timer)
      clock.clearTimeout(timer)
    },
  }
}
