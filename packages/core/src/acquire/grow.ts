import { Connection } from '../connection/connection.js'
import { enter } from '../connection/drive.js'
import { elasticOpens } from '../policies/elastic-growth.js'
import type { PoolCore } from '../pool/pool-core.js'
import { opensForFresh } from './offer.js'

/** Opens what is missing: for waiters, for `size.min`, `size.minSpare` and `warm`; never beyond `size.max`, and while
 * opens fail one at a time, after the backoff. */
export function grow<R>(core: PoolCore<R>): void {
  const { concurrency } = core.options.connect
  while (core.granting && core.size < core.max && core.connecting < concurrency && isOpenMissing(core)) {
    if (core.failures > 0) {
      if (core.connecting > 0) return
      if (core.now() < core.retryAt) {
        core.wheel.arm(core.alarms.retry, core.retryAt)
        return
      }
    }
    open(core)
  }
}

function open<R>(core: PoolCore<R>): void {
  const connection = new Connection(core.owner, ++core.lastId, core.generation, core.failures, core.now())
  core.connections.add(connection)
  core.size++
  enter(core, connection)
}

function isOpenMissing<R>(core: PoolCore<R>): boolean {
  const { connecting, queue } = core
  const standing = core.floor - core.servable
  const spare = core.options.size.minSpare > 0 ? core.options.size.minSpare + queue.size - core.idling : 0
  const forFresh = Math.min(queue.fresh, opensForFresh(core))
  return (
    connecting < Math.max(standing, spare) || connecting - forFresh < opensForWaiters(core) || forFresh < queue.fresh
  )
}

function opensForWaiters<R>(core: PoolCore<R>): number {
  const { queue, connectTime } = core
  const waiting = queue.normal
  if (waiting === 0) return 0
  if (core.options.connect.growth === 'eager') return waiting
  const oldest = (queue.oldestNormal as { since: number }).since
  const servable = core.servable
  const oldestWait = core.lastNow - oldest
  const opens = elasticOpens({ waiting, servable, connectTime, leaseTime: core.leaseTime, oldestWait })
  // Too few opens may be a wrong estimate: look again when the oldest has waited as long as an open takes.
  if (opens < waiting && oldestWait < connectTime && !core.alarms.growth.armed) {
    core.wheel.arm(core.alarms.growth, oldest + connectTime)
  }
  return opens
}
