import type { Connection } from '../connection/connection.js'
import { Event } from '../connection/connection-table.js'
import { send } from '../connection/drive.js'
import { AcquireAbortedError } from '../errors/acquire-aborted-error.js'
import type { InvalidOptionError } from '../errors/invalid-option-error.js'
import { PoolClosedError } from '../errors/pool-closed-error.js'
import type { PoolError } from '../errors/pool-error.js'
import { PoolPausedError } from '../errors/pool-paused-error.js'
import { QueueFullError } from '../errors/queue-full-error.js'
import type { Admission } from '../policies/policy.js'
import { isRejection } from '../policies/verdicts.js'
import { acquireTrace, isAcquireTraced } from '../pool/channels.js'
import { findNesting } from '../pool/nesting.js'
import type { PoolCore } from '../pool/pool-core.js'
import type { AcquireFailure } from '../pool/pool-events.js'
import {
  type AcquireOptions,
  checkAcquireOptions,
  readAcquireOptions,
  type TryAcquireOptions,
} from './acquire-options.js'
import { isCheckDue } from './check-due.js'
import { type Claim, noClaim } from './claim.js'
import { grant, lend } from './grant.js'
import { rejectionError } from './judge-heads.js'
import type { PoolLease } from './lease.js'
import { lendToWaiters, offer } from './offer.js'
import { serve } from './serve.js'
import { pick, takeReady } from './take.js'
import { type Asked, Wish, wait } from './waiter.js'

/** The hot path: nothing asked for, nobody waiting or watching, a connection idle. */
export function acquire<R>(core: PoolCore<R>, options: AcquireOptions | undefined): Promise<PoolLease<R>> {
  if (options !== undefined || core.isDemanding || core.isWatched) return acquireTraced(core, options)
  if (core.state === 'running' && core.queue.size === 0) {
    const now = core.now()
    const connection = takeReady(core, now)
    if (connection !== undefined) return Promise.resolve(handOver(core, connection, now))
  }
  return acquirePlain(core)
}

function handOver<R>(core: PoolCore<R>, connection: Connection<R>, now: number): PoolLease<R> {
  const lease = lend(core, connection, now)
  if (core.terms.keepsMoreIdle) serve(core)
  return lease
}

/** Nothing asked for, and no connection ready. */
function acquirePlain<R>(core: PoolCore<R>): Promise<PoolLease<R>> {
  const now = core.now()
  // The adapter or a listener may have been asked meanwhile, and called the pool.
  return whyRefused(core, core.terms.plain) ?? enqueue(core, undefined, now)
}

function acquireTraced<R>(core: PoolCore<R>, options: AcquireOptions | undefined): Promise<PoolLease<R>> {
  if (!isAcquireTraced()) return acquireAsked(core, options)
  return acquireTrace.tracePromise(() => acquireAsked(core, options), { pool: core.name })
}

function acquireAsked<R>(core: PoolCore<R>, options: AcquireOptions | undefined): Promise<PoolLease<R>> {
  if (core.moments.acquiring.wanted) core.moments.acquiring.tell(core, {})
  if (options !== undefined) {
    try {
      checkAcquireOptions(options)
    } catch (error) {
      return refuse(core, error as InvalidOptionError, 'invalid')
    }
  }
  const asked = options === undefined ? core.terms.plain : readAcquireOptions(options, core.terms.patience)
  const refused = whyRefused(core, asked)
  if (refused !== undefined) return refused
  const nested = core.options.acquire.nested === 'off' ? undefined : findNesting(core)
  if (nested !== undefined) return refuse(core, nested, 'nested')
  return acquireNow(core, asked, core.leaseWatch?.trace())
}

function acquireNow<R>(core: PoolCore<R>, asked: Asked, trace: Claim['trace']): Promise<PoolLease<R>> {
  const now = core.now()
  const admission = core.judgesAcquires ? askOnArrival(core, asked, now) : 'admit'
  if (isRejection(admission)) return refuse(core, rejectionError(core, admission, 0), 'overloaded')
  if (admission === 'admit' && !asked.fresh && mayTake(core, asked.client)) {
    const connection = takeFor(core, asked.client, now)
    const claim = { client: asked.client, trace }
    if (connection !== undefined) return Promise.resolve(grantNow(core, connection, now, claim))
  }
  return whyRefused(core, asked) ?? enqueue(core, wishOf(core, asked, trace), now)
}

/** Nobody waits whom this would overtake, and its client may have another lease. */
function mayTake<R>(core: PoolCore<R>, client: string | undefined): boolean {
  const { queue } = core
  if (core.state !== 'running') return false
  if (queue.clients === undefined) return queue.size === 0
  // Those whom policies hold are waiting as well.
  return queue.clients.normal + queue.clients.fresh === 0 && queue.clients.mayLease(client)
}

/** Takes a connection, unless those who were asked about it have taken the client's last lease meanwhile. */
function takeFor<R>(core: PoolCore<R>, client: string | undefined, now: number): Connection<R> | undefined {
  const connection = takeReady(core, now)
  if (connection === undefined || (core.queue.clients?.mayLease(client) ?? true)) return connection
  if (connection.leases > 0) lendToWaiters(core, connection)
  else offer(core, connection)
  return undefined
}

function askOnArrival<R>(core: PoolCore<R>, { priority, client }: Asked, now: number): Admission {
  const request = { occasion: 'arrival', priority, client, waited: 0, waiting: core.queue.size, now } as const
  return core.policies?.admit(request) ?? 'admit'
}

/** Grants an idle connection now, or nothing. One that is due for a check is checked, so that a later call finds it. */
export function tryAcquire<R>(core: PoolCore<R>, options: TryAcquireOptions | undefined): PoolLease<R> | undefined {
  if (options !== undefined || core.isDemanding || core.isWatched) return tryAsked(core, options)
  if (core.state !== 'running' || core.queue.size > 0) return undefined
  const now = core.now()
  const connection = takeReady(core, now)
  if (connection !== undefined) return handOver(core, connection, now)
  checkNext(core, now)
  return undefined
}

function tryAsked<R>(core: PoolCore<R>, options: TryAcquireOptions | undefined): PoolLease<R> | undefined {
  if (options !== undefined) checkAcquireOptions(options)
  const client = options?.client
  if (!mayTake(core, client)) return undefined
  const now = core.now()
  if (core.judgesAcquires && askOnArrival(core, { ...core.terms.plain, client }, now) !== 'admit') return undefined
  const connection = takeFor(core, client, now)
  if (connection !== undefined) {
    const claim = core.isDemanding ? { client, trace: core.leaseWatch?.trace() } : noClaim
    return grantNow(core, connection, now, claim)
  }
  checkNext(core, now)
  return undefined
}

function checkNext<R>(core: PoolCore<R>, now: number): void {
  const unchecked = pick(core, now)
  if (unchecked === undefined || core.checking > 0 || !isCheckDue(core, unchecked, now)) return
  unchecked.checkedInBackground = false
  send(core, unchecked, Event.check)
}

/** Why nobody is lent anything, whoever asks. Asked after every attempt too: the adapters and listeners that it called
 * may have aborted, paused or closed. */
function whyRefused<R>(core: PoolCore<R>, { signal }: Asked): Promise<never> | undefined {
  if (signal?.aborted) return refuse(core, new AcquireAbortedError(core.name, 0, signal.reason), 'aborted')
  if (core.close !== undefined) return refuse(core, new PoolClosedError(core.name, core.closeCause), 'closed')
  if (core.refusing) return refuse(core, new PoolPausedError(core.name), 'paused')
  return undefined
}

/** What must be remembered of a waiter; nothing of one that wants any connection within `acquire.timeout`. */
function wishOf<R>(core: PoolCore<R>, asked: Asked, trace: Claim['trace']): Wish<PoolLease<R>> | undefined {
  const { fresh, signal, timeout, priority, client } = asked
  const isPatient = !fresh && timeout === core.terms.patience
  const isPlain = isPatient && signal === undefined && priority === 0 && client === undefined && trace === undefined
  return isPlain
    ? undefined
    : new Wish<PoolLease<R>>(core.owner, asked, isPatient, fresh ? core.surroundings.lastId + 1 : 0, trace)
}

function enqueue<R>(core: PoolCore<R>, wish: Wish<PoolLease<R>> | undefined, now: number): Promise<PoolLease<R>> {
  const { queue } = core
  if (queue.size >= core.terms.maxWaiting) return refuse(core, new QueueFullError(core.name, queue.size), 'queue-full')
  const promise = wait(core, wish)
  if (wish !== undefined && !wish.isPatient) core.wheel.arm(wish, now + wish.timeout)
  else if (!core.alarms.patience.armed) core.wheel.arm(core.alarms.patience, now + core.terms.patience)
  if (queue.size === 1) core.holdProcess(true)
  wish?.signal?.addEventListener('abort', wish)
  // With everything lent and no room for more, there is nothing to serve it with.
  if (core.size < core.max || core.idling > 0 || core.isDemanding || queue.fresh > 0) serve(core)
  return promise
}

function grantNow<R>(core: PoolCore<R>, connection: Connection<R>, now: number, claim: Claim): PoolLease<R> {
  const lease = grant(core, connection, now, claim)
  // Whoever came while it was taken may share it.
  if (core.terms.keepsMoreIdle || (core.spares !== undefined && core.queue.size > 0)) serve(core)
  return lease
}

function refuse<R>(core: PoolCore<R>, error: PoolError, reason: AcquireFailure): Promise<never> {
  if (reason === 'aborted') core.totals.aborted++
  else core.totals.rejected++
  if (core.moments.acquireError.wanted) core.moments.acquireError.tell(core, { reason, waited: 0, error })
  return Promise.reject(error)
}
