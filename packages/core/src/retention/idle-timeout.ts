import { UNSTAMPED } from '../connection/connection.js'
import { retire } from '../connection/retire.js'
import type { PoolCore } from '../pool/pool-core.js'

/** Sets the alarm for the longest idle. One that is being checked is looked at again when the check is over. */
export function armIdleTimeout<R>(core: PoolCore<R>): void {
  const { timeout } = core.options.idle
  if (timeout === Number.POSITIVE_INFINITY || !mayEvict(core)) return
  const longest = core.idle.oldestReady()
  if (longest === undefined || longest.idleSince === UNSTAMPED) return
  core.wheel.armBy(core.alarms.idle, longest.idleSince + timeout)
}

/** Retires those that have been idle for `idle.timeout`, down to `size.min` and `size.minSpare`. */
export function evictIdle<R>(core: PoolCore<R>): void {
  const now = core.now()
  while (mayEvict(core)) {
    const longest = core.idle.oldestReady()
    if (longest === undefined || longest.idleSince === UNSTAMPED) return
    if (longest.idleSince + core.options.idle.timeout > now) break
    retire(core, longest, 'idle')
  }
  armIdleTimeout(core)
}

function mayEvict<R>(core: PoolCore<R>): boolean {
  return core.servable > core.floor && core.idling > core.options.size.minSpare
}
