import { serve } from '../acquire/serve.js'
import { armIdleTimeout } from '../connection/idle-alarm.js'
import { PoolClosedError } from '../errors/pool-closed-error.js'
import { judgeAllIdle } from '../retention/judge-idle.js'
import type { PoolCore } from './pool-core.js'
import { count, natural, readGroup } from './read-options.js'
import { checkSize } from './resolve-options.js'
import { settleWarming } from './settle-warming.js'

/** Changes the limits of a living pool: what is idle beyond them closes now, what is leased when it comes back. */
export function resizePool<R>(core: PoolCore<R>, size: { min?: number; max?: number }): void {
  const { min, max } = readGroup('size', size, { min: natural(core.min), max: count(core.max, true) })
  checkSize(min, max, core.options)
  if (core.state === 'closing' || core.state === 'closed') throw new PoolClosedError(core.name)
  core.min = min
  core.max = max
  core.recountFloor()
  settleWarming(core)
  armIdleTimeout(core)
  judgeAllIdle(core)
  serve(core)
}
