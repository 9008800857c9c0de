import { UNSTAMPED } from '../connection/connection.js'
import { retire } from '../connection/retire.js'
import type { PoolCore } from '../pool/pool-core.js'

/** Sets the alarm for the longest idle, unless one is set: later ones cannot be due before. */
export function armIdleTimeout<R>(core: PoolCore<R>): void {
  const { timeout } = core.options.idle
  if (core.alarms.idle.armed || timeout === Number.POSITIVE_INFINITY || !mayEvict(core)) return
  const longest = core.idle.oldestReady()
  if (longest === undefined || longest.idleSince === UNSTAMPED) return
  core.wheel.arm(core.alarms.idle, longest.idleSince + timeout)
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
  return core.connected + core.idling > core.floor && core.idling > core.options.size.minSpare
}
