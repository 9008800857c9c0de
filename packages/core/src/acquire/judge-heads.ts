import { OverloadedError } from '../errors/overloaded-error.js'
import { PoolError } from '../errors/pool-error.js'
import type { Admission, AdmitRequest, Rejection } from '../policies/policy.js'
import { isRejection } from '../policies/verdicts.js'
import type { PoolCore } from '../pool/pool-core.js'
import { refuseWaiter } from './fail-waiters.js'
import type { PoolLease } from './lease.js'
import type { Waiter } from './waiter.js'

/** Asks the policies about the longest waiting of every priority: those they reject fail, until one is admitted, or
 * told to wait and all behind it with it. */
export function judgeHeads<R>(core: PoolCore<R>, occasion: 'turn' | 'wake'): void {
  for (const level of [...core.queue.levels]) {
    for (let head = level.oldest; head !== undefined; head = level.oldest) {
      level.release(head)
      const admission = ask(core, head, occasion)
      if (admission === 'wait') level.hold(head)
      if (admission !== 'gone') break
    }
  }
}

/** Who gets the connection with this id, as far as the policies admit it: the heads are asked about first, then
 * whoever's turn it is if that is another. */
export function nextAdmitted<R>(core: PoolCore<R>, connectionId: number): Waiter<PoolLease<R>> | undefined {
  const { queue } = core
  if (!core.judgesAcquires) return queue.nextFor(connectionId)
  if (core.admitted?.queued && queue.nextFor(connectionId) === core.admitted) return core.admitted
  judgeHeads(core, 'turn')
  for (let next = queue.nextFor(connectionId); next !== undefined; next = queue.nextFor(connectionId)) {
    const level = queue.levelOf(next)
    if (level === undefined || level.oldest === next) return next
    const admission = ask(core, next, 'turn')
    if (admission === 'admit') return next
    if (admission === 'wait') level.hold(next)
  }
  return undefined
}

/** Asks about one waiter. One that is rejected fails; the policy may also have made it give up. */
function ask<R>(core: PoolCore<R>, waiter: Waiter<PoolLease<R>>, occasion: 'turn' | 'wake'): 'admit' | 'wait' | 'gone' {
  const admission = judge(core, waiter, occasion)
  if (!waiter.queued) return 'gone'
  if (!isRejection(admission)) return admission
  refuseWaiter(core, waiter, rejectionError(core, admission, core.now() - waiter.since), 'overloaded')
  return 'gone'
}

function judge<R>(core: PoolCore<R>, head: Waiter<PoolLease<R>>, occasion: AdmitRequest['occasion']): Admission {
  const now = core.now()
  const { priority = 0, client } = head.wish ?? {}
  const request = { occasion, priority, client, waited: now - head.since, waiting: core.queue.size, now }
  return core.policies?.admit(request) ?? 'admit'
}

/** What the acquire is told that a policy has rejected. */
export function rejectionError<R>(core: PoolCore<R>, admission: 'reject' | Rejection, waited: number): PoolError {
  if (admission === 'reject') return new OverloadedError(core.name, waited, 'a policy rejected it')
  const { error } = admission
  if (error instanceof PoolError) return error
  return new OverloadedError(core.name, waited, `a policy rejected it (${error.message})`, error)
}
