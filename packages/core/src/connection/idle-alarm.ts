import type { PoolCore } from '../pool/pool-core.js'
import { UNSTAMPED } from './connection.js'

/** Sets the alarm for the longest idle, in steps of a tick: a step that takes longer shows that the process stood still.
 * One that is being checked is looked at again when the check is over. */
export function armIdleTimeout<R>(core: PoolCore<R>): void {
  const { timeout } = core.options.idle
  if (timeout === Number.POSITIVE_INFINITY || !mayEvict(core)) return
  const longest = core.idle.oldestReady()
  if (longest === undefined || longest.since === UNSTAMPED) return
  core.wheel.armBy(core.alarms.idle, Math.min(longest.since + timeout, core.lastNow + core.terms.idleTick))
}

/** There are more than `size.min` and `size.minSpare` keep. */
export function mayEvict<R>(core: PoolCore<R>): boolean {
  return core.servable > core.floor && core.idling > core.options.size.minSpare
}
