import type { Connection } from '../connection/connection.js'
import { Event } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { AcquireAbortedError } from '../errors/acquire-aborted-error.js'
import type { InvalidOptionError } from '../errors/invalid-option-error.js'
import { PoolClosedError } from '../errors/pool-closed-error.js'
import type { PoolError } from '../errors/pool-error.js'
import { PoolPausedError } from '../errors/pool-paused-error.js'
import { QueueFullError } from '../errors/queue-full-error.js'
import { acquireTrace, isAcquireTraced } from '../pool/channels.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { AcquireFailure } from '../pool/pool-events.js'
import { type AcquireOptions, checkAcquireOptions } from './acquire-options.js'
import { grant, lend } from './grant.js'
import type { PoolLease } from './lease.js'
import { serve } from './serve.js'
import { pick, takeReady } from './take.js'
import { promiseForNextWaiter, Waiter, WaiterDeadline } from './waiter.js'

/** The hot path: nothing asked for, nobody waiting or watching, a connection idle. */
export function acquire<R>(core: PoolCore<R>, options: AcquireOptions | undefined): Promise<PoolLease<R>> {
  if (options !== undefined || core.isWatched) return acquireTraced(core, options)
  if (core.state === 'running' && core.queue.size === 0) {
    const now = core.now()
    const connection = takeReady(core, now)
    if (connection !== undefined) return Promise.resolve(handOver(core, connection, now))
  }
  return acquireWith(core, undefined, core.patience, false)
}

function handOver<R>(core: PoolCore<R>, connection: Connection<R>, now: number): PoolLease<R> {
  const lease = lend(core, connection, now)
  if (core.keepsMoreIdle) serve(core)
  return lease
}

function acquireTraced<R>(core: PoolCore<R>, options: AcquireOptions | undefined): Promise<PoolLease<R>> {
  if (!isAcquireTraced()) return acquireOrWait(core, options)
  return acquireTrace.tracePromise(() => acquireOrWait(core, options), { pool: core.name })
}

/** Grants an idle connection now, or nothing. One that is due for a check is checked, so that a later call finds it. */
export function tryAcquire<R>(core: PoolCore<R>): PoolLease<R> | undefined {
  if (core.state !== 'running' || core.queue.size > 0) return undefined
  const now = core.now()
  const connection = takeReady(core, now)
  if (connection !== undefined) return grantNow(core, connection, now)
  const unchecked = pick(core, now)
  if (unchecked !== undefined && core.checking === 0) {
    unchecked.checkedInBackground = false
    send(core, unchecked, Event.check)
  }
  return undefined
}

function acquireOrWait<R>(core: PoolCore<R>, options: AcquireOptions | undefined): Promise<PoolLease<R>> {
  if (core.moments.acquiring.wanted) core.moments.acquiring.tell({})
  if (options === undefined) return acquireWith(core, undefined, core.patience, false)
  try {
    checkAcquireOptions(options)
  } catch (error) {
    return refuse(core, error as InvalidOptionError, 'invalid')
  }
  const { signal, timeout = core.patience, fresh = false } = options
  return acquireWith(core, signal, timeout, fresh)
}

function acquireWith<R>(
  core: PoolCore<R>,
  signal: AbortSignal | undefined,
  timeout: number,
  fresh: boolean,
): Promise<PoolLease<R>> {
  const { queue } = core
  const now = core.now()
  if (!fresh && core.state === 'running' && queue.size === 0 && !signal?.aborted) {
    const connection = takeReady(core, now)
    if (connection !== undefined) return Promise.resolve(grantNow(core, connection, now))
  }
  // After the attempt: the adapters and listeners it called may have aborted, paused or closed.
  if (signal?.aborted) return refuse(core, new AcquireAbortedError(core.name, 0, signal.reason), 'aborted')
  if (core.close !== undefined) return refuse(core, new PoolClosedError(core.name, core.closeCause), 'closed')
  if (core.refusing) return refuse(core, new PoolPausedError(core.name), 'paused')
  if (queue.size >= core.maxWaiting) {
    return refuse(core, new QueueFullError(core.name, queue.size), 'queue-full')
  }
  const promise = promiseForNextWaiter<PoolLease<R>>()
  const waiter = new Waiter<PoolLease<R>>(core.owner, now, fresh ? core.lastId + 1 : 0, signal)
  if (fresh || timeout !== core.patience) {
    waiter.deadline = new WaiterDeadline(waiter)
    core.wheel.arm(waiter.deadline, now + timeout)
  } else if (!core.alarms.patience.armed) {
    core.wheel.arm(core.alarms.patience, now + timeout)
  }
  queue.push(waiter)
  if (queue.size === 1) core.wheel.holdProcess(true)
  signal?.addEventListener('abort', waiter)
  // With everything lent and no room for more, there is nothing to serve it with.
  if (core.size < core.max || core.idling > 0 || fresh) serve(core)
  return promise
}

function grantNow<R>(core: PoolCore<R>, connection: Connection<R>, now: number): PoolLease<R> {
  const lease = grant(core, connection, now)
  if (core.keepsMoreIdle) serve(core)
  return lease
}

function refuse<R>(core: PoolCore<R>, error: PoolError, reason: AcquireFailure): Promise<never> {
  if (reason === 'aborted') core.totals.aborted++
  else core.totals.rejected++
  if (core.moments.acquireError.wanted) core.moments.acquireError.tell({ reason, waited: 0, error })
  return Promise.reject(error)
}
