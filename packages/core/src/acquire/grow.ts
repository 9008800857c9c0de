import { Connection } from '../connection/connection.js'
import { enter } from '../connection/drive.js'
import { isPoolError } from '../errors/is-pool-error.js'
import { elasticOpens } from '../policies/elastic-growth.js'
import { isRejection } from '../policies/verdicts.js'
import type { PoolCore } from '../pool/pool-core.js'
import { failHopeless } from './fail-waiters.js'
import { rejectionError } from './judge-heads.js'
import { opensForFresh } from './offer.js'

/** Opens what is missing: for waiters, for `size.min`, `size.minSpare` and `warm`; never beyond `size.max`, and while
 * opens fail one at a time, after the backoff. */
export function grow<R>(core: PoolCore<R>): void {
  const { concurrency } = core.options.connect
  while (core.granting && core.size < core.max && core.unsettledOpens < concurrency && isOpenMissing(core)) {
    if (core.judgesOpens && !mayOpen(core)) return
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

/** Asks the policies. A rejection fails those whom nothing else can serve, as a failed open would. */
function mayOpen<R>(core: PoolCore<R>): boolean {
  const { size, connecting, queue } = core
  const request = { size, connecting, waiting: queue.size, now: core.now() }
  const admission = core.policies?.mayOpen(request) ?? 'admit'
  if (!isRejection(admission)) {
    // As at `size.max`: there may be no more for now.
    if (admission === 'wait' && core.connecting === 0) for (const warming of core.warming ?? []) warming.resolve()
    return admission === 'admit' && core.granting && core.size < core.max
  }
  const error = rejectionError(core, admission, 0)
  for (const warming of core.warming ?? []) warming.reject(error)
  const reason = isPoolError(error, 'ERR_POOL_CIRCUIT_OPEN') ? 'circuit-open' : 'overloaded'
  if (!core.options.connect.retry) failHopeless(core, error, reason)
  return false
}

function open<R>(core: PoolCore<R>): void {
  const connection = new Connection(core.owner, ++core.surroundings.lastId, core.generation, core.failures, core.now())
  core.connections.add(connection)
  core.size++
  enter(core, connection)
}

function isOpenMissing<R>(core: PoolCore<R>): boolean {
  const { connecting, queue } = core
  const standing = core.floor - core.servable
  const spare = core.options.size.minSpare > 0 ? core.options.size.minSpare + waitingForOpens(core) - core.idling : 0
  const forFresh = Math.min(queue.fresh, opensForFresh(core))
  return (
    connecting < Math.max(standing, spare) || connecting - forFresh < opensForWaiters(core) || forFresh < queue.fresh
  )
}

function opensForWaiters<R>(core: PoolCore<R>): number {
  const { queue, connectTime } = core
  const waiting = waitingForOpens(core)
  if (waiting === 0) return 0
  const { typicalCapacity } = core
  // How many leases a connection carries only an open one tells.
  if (typicalCapacity === undefined) return 1
  if (core.options.connect.growth === 'eager') return Math.ceil(waiting / typicalCapacity)
  const oldest = queue.oldestNormal?.since ?? core.lastNow
  const servable = core.spares === undefined ? core.servable : core.slots
  const oldestWait = core.lastNow - oldest
  const slots = elasticOpens({ waiting, servable, connectTime, leaseTime: core.leaseTime, oldestWait })
  const opens = Math.ceil(slots / typicalCapacity)
  // Too few opens may be a wrong estimate: look again when the oldest has waited as long as an open takes.
  if (slots < waiting && oldestWait < connectTime && !core.alarms.growth.armed) {
    core.wheel.arm(core.alarms.growth, oldest + connectTime)
  }
  return opens
}

/** Connections that rest because they carry nothing now, as many as may: another like them would be closed at once. */
function waitingForOpens<R>({ queue, spares, idling, terms, idle }: PoolCore<R>): number {
  const isPointless =
    spares !== undefined && idling > 0 && idling >= terms.idleMax && idle.oldestReady()?.capacity === 0
  return isPointless ? 0 : queue.normal
}
