import { AcquireAbortedError } from '../errors/acquire-aborted-error.js'
import { type AcquirePhase, AcquireTimeoutError } from '../errors/acquire-timeout-error.js'
import type { PoolError } from '../errors/pool-error.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { AcquireFailure } from '../pool/pool-events.js'
import { oldestLease } from '../pool/stats.js'
import { tellQuiet } from '../pool/tell-quiet.js'
import { dequeue } from './dequeue.js'
import type { PoolLease } from './lease.js'
import type { Waiter } from './waiter.js'

type PoolWaiter<R> = Waiter<PoolLease<R>>

/** Its deadline has passed. */
export function waitTimedOut<R>(core: PoolCore<R>, waiter: PoolWaiter<R>): void {
  const now = core.now()
  const checking = core.checking
  const { connecting } = core
  const phase: AcquirePhase = checking > 0 ? 'checking' : connecting > 0 ? 'connecting' : 'waiting'
  const oldest = oldestLease(core)
  const details = {
    waited: now - waiter.since,
    phase,
    max: core.max,
    leased: core.leases,
    checking,
    connecting,
    closing: core.closing,
    waiting: core.queue.size - 1,
    oldestLease: oldest === undefined ? undefined : now - oldest.since,
    oldestLeaseStack: oldest?.stack,
    paused: core.state === 'paused',
  }
  // One that came after the failure may have waited for the next attempt alone.
  const isHeldBack = core.failures > 0 && core.retryAt > waiter.since
  const failedMeanwhile = isHeldBack || core.lastFailureAt >= waiter.since ? core.lastFailure : undefined
  core.totals.timedOut++
  const error = withoutStack(() => new AcquireTimeoutError(core.name, details, failedMeanwhile))
  fail(core, waiter, error, 'timeout', details.waited)
}

/** For an error that is made when a timer fires: its stack would have the wheel's functions and nobody who acquired, and
 * to capture it takes longer than all the rest of a timeout. */
function withoutStack<T>(make: () => T): T {
  const { stackTraceLimit } = Error
  // Where the intrinsics are frozen, it has one.
  Reflect.set(Error, 'stackTraceLimit', 0)
  try {
    return make()
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit)
  }
}

/** The first of those that share `acquire.timeout` may be due: they fall due in the order in which they came. */
export function timeOutPatient<R>(core: PoolCore<R>): void {
  const now = core.now()
  let bearsAnother = true
  for (let first = core.queue.firstPatient; first !== undefined; first = core.queue.firstPatient) {
    const deadline = first.since + core.terms.patience
    if (deadline > now || !bearsAnother) {
      core.wheel.arm(core.alarms.patience, deadline)
      return
    }
    waitTimedOut(core, first)
    bearsAnother = core.wheel.bearsAnother()
  }
}

/** Its signal aborted. */
export function waitAborted<R>(core: PoolCore<R>, waiter: PoolWaiter<R>): void {
  if (!waiter.queued) return
  const waited = core.now() - waiter.since
  core.totals.aborted++
  fail(core, waiter, new AcquireAbortedError(core.name, waited, waiter.wish?.signal?.reason), 'aborted', waited)
}

/** An open failed, or may not begin: the waiters that nothing at hand could still serve fail with it. */
export function failHopeless<R>(core: PoolCore<R>, error: PoolError, reason: AcquireFailure): void {
  if (core.opening.size > 0 || core.connecting > 0) return
  if (core.servable === 0) failAll(core, () => error, reason)
  else {
    for (let left = core.queue.fresh; left > 0 && core.queue.oldestFresh !== undefined; left--) {
      refuseWaiter(core, core.queue.oldestFresh, error, reason)
    }
  }
}

/** All waiters fail: each with an error of its own making, the oldest first. Those that listeners add meanwhile do not. */
export function failAll<R>(core: PoolCore<R>, error: () => PoolError, reason: AcquireFailure): void {
  for (let left = core.queue.size; left > 0 && core.queue.oldest !== undefined; left--) {
    refuseWaiter(core, core.queue.oldest, error(), reason)
  }
}

/** One waiter fails. */
export function refuseWaiter<R>(
  core: PoolCore<R>,
  waiter: PoolWaiter<R>,
  error: PoolError,
  reason: AcquireFailure,
): void {
  core.totals.rejected++
  fail(core, waiter, error, reason, core.now() - waiter.since)
}

function fail<R>(
  core: PoolCore<R>,
  waiter: PoolWaiter<R>,
  error: PoolError,
  reason: AcquireFailure,
  waited: number,
): void {
  dequeue(core, waiter)
  waiter.reject(error)
  if (core.moments.acquireError.wanted) core.moments.acquireError.tell(core, { reason, waited, error })
  if (core.queue.size === 0) {
    core.whenServed?.()
    tellQuiet(core)
    if (core.size === 0) core.whenUnused?.()
  } else if (core.judgesAcquires) {
    // Those behind one that was told to wait may be admitted.
    core.owner.serve()
  }
}
