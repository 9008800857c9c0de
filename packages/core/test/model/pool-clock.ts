import type { Clock } from '../../src/index.js'

/** Readings of the clock in one turn of the event loop that no program has a reason for. */
const RUNAWAY = 100_000

/** A clock for the pool alone, so that its timers can be told from the adapter's. */
export interface PoolClock extends Clock {
  readonly pending: number
}

/** `runsAway` is called when the pool goes round without end; it is stopped then by throwing, the only way to. */
export function poolClock(clock: Clock, runsAway: () => void): PoolClock {
  const timers = new Set<unknown>()
  let readings = 0
  return {
    now() {
      if (readings === 0) {
        setImmediate(() => {
          readings = 0
        })
      }
      if (++readings > RUNAWAY) {
        runsAway()
        throw new Error('the pool goes round without end')
      }
      return clock.now()
    },
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
