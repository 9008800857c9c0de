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
    level.held = false
    for (let head = level.oldest; head !== undefined; head = level.oldest) {
      const admission = judge(core, head, occasion)
      if (!head.queued) continue
      if (!isRejection(admission)) {
        level.held = admission === 'wait'
        break
      }
      refuseWaiter(core, head, rejectionError(core, admission, core.now() - head.since), 'overloaded')
    }
  }
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
