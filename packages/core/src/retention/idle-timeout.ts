import { UNSTAMPED } from '../connection/connection.js'
import { armIdleTimeout, mayEvict } from '../connection/idle-alarm.js'
import { retire } from '../connection/retire.js'
import type { PoolCore } from '../pool/pool-core.js'

/** Retires those that have been idle for `idle.timeout`, down to `size.min` and `size.minSpare`. */
export function evictIdle<R>(core: PoolCore<R>): void {
  const now = core.now()
  const late = core.wheel.lateness(core.alarms.idle, now)
  if (late > core.terms.idleTick) forgive(core, late, now)
  for (let bearsAnother = true; bearsAnother && mayEvict(core); bearsAnother = core.wheel.bearsAnother()) {
    const longest = core.idle.oldestReady()
    if (longest === undefined || longest.since === UNSTAMPED) return
    if (longest.since + core.options.idle.timeout > now) break
    retire(core, longest, 'idle')
  }
  armIdleTimeout(core)
}

/** The event loop stood still, or the machine slept: nobody could have used what was idle meanwhile, and it does not
 * all expire at once now. What can be checked is checked before it is lent again. */
function forgive<R>(core: PoolCore<R>, late: number, now: number): void {
  for (let connection = core.idle.first; connection !== undefined; connection = connection.nextIdle) {
    if (connection.since === UNSTAMPED) break
    connection.since = Math.min(now, connection.since + late)
    connection.checkWanted = core.options.health.onAcquire
  }
  if (core.moments.stall.wanted) core.moments.stall.tell(core, { lasted: late })
}
