import { serve } from '../acquire/serve.js'
import { armIdleTimeout } from '../connection/idle-alarm.js'
import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { PoolClosedError } from '../errors/pool-closed-error.js'
import { PoolPausedError } from '../errors/pool-paused-error.js'
import { judgeAllIdle } from '../retention/judge-idle.js'
import type { PoolCore } from './pool-core.js'
import type { Warming } from './warming.js'

/** Opens connections until `count` are open, at most `size.max`. Rejects with the first `ConnectError`. */
export function warmPool<R>(core: PoolCore<R>, count: number = core.min): Promise<void> {
  if (!Number.isInteger(count) || count < 0) {
    return Promise.reject(new InvalidOptionError('count', count, 'a whole number of at least 0'))
  }
  if (core.state === 'closing' || core.state === 'closed')
    return Promise.reject(new PoolClosedError(core.name, core.closeCause))
  if (core.refusing) return Promise.reject(new PoolPausedError(core.name))
  const target = Math.min(count, core.max, core.options.idle.max)
  if (core.servable >= target) return Promise.resolve()
  const warmings = core.warming ?? new Set()
  return new Promise((resolve, reject) => {
    const leave = () => {
      warmings.delete(warming)
      if (warmings.size === 0) core.warming = undefined
      core.warmTarget = Math.max(0, ...[...warmings].map((other) => other.count))
      core.recountFloor()
      armIdleTimeout(core)
      judgeAllIdle(core)
    }
    const warming: Warming = {
      count: target,
      resolve: () => {
        leave()
        resolve()
      },
      reject: (error) => {
        leave()
        reject(error)
      },
    }
    core.warming = warmings.add(warming)
    core.warmTarget = Math.max(core.warmTarget, target)
    core.recountFloor()
    serve(core)
  })
}
