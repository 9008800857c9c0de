import { UNSTAMPED } from '../connection/connection.js'
import { armIdleTimeout, mayEvict } from '../connection/idle-alarm.js'
import { retire } from '../connection/retire.js'
import type { PoolCore } from '../pool/pool-core.js'

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
