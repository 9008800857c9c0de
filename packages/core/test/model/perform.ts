import { isPoolError } from '../../src/index.js'
import { expectPoolError } from './borrowers.js'
import type { ModelResource } from './model-resource.js'
import type { ModelWorld } from './model-world.js'
import { pick } from './pick.js'
import type { Action } from './program.js'
import { Violation } from './violation.js'

/** Does one action to the pool. */
export function perform(world: ModelWorld, action: Action): void {
  const { pool, borrowers, leases } = world
  switch (action.do) {
    case 'acquire':
      borrowers.acquire(action)
      break
    case 'burst':
      for (const acquire of action.acquires) borrowers.acquire(acquire)
      break
    case 'acquireAborted':
      acquireAborted(world)
      break
    case 'tryAcquire':
      borrowers.tryAcquire(action.client)
      break
    case 'use':
      void borrowers.use(action)
      break
    case 'abort':
      borrowers.abort(action.nth)
      break
    case 'release':
      leases.end(action.nth, (lease) => lease.release())
      break
    case 'releaseTwice':
      releaseTwice(world, action.nth)
      break
    case 'dispose':
      leases.end(action.nth, (lease) => lease[Symbol.dispose]())
      break
    case 'retire':
      leases.endConnection(action.nth, (lease) => lease.retire())
      break
    case 'destroyLease':
      leases.endConnection(action.nth, (lease) => lease.destroy(new Error('the borrower gives up')))
      break
    case 'detach':
      leases.detach(action.nth)
      break
    case 'lose':
      pick(living(world), action.nth)?.die()
      break
    case 'loseTwice': {
      const resource = pick(living(world), action.nth)
      const signals = resource?.signals
      resource?.die()
      signals?.lost()
      signals?.capacityChanged()
      signals?.retire('too late')
      break
    }
    case 'retireSignal':
      world.trouble()
      pick(living(world), action.nth)?.signals?.retire('said the server')
      break
    case 'capacity': {
      const resource = pick(living(world), action.nth)
      if (resource?.signals === undefined) break
      resource.carries = action.to
      resource.signals.capacityChanged()
      break
    }
    case 'flush':
      pool.flush({ leased: action.leased })
      break
    case 'pause':
      pool.pause({ waiters: action.waiters })
      break
    case 'resume':
      pool.resume()
      break
    case 'resize':
      resize(world, action)
      break
    case 'warm':
      world.warming++
      pool
        .warm(action.count)
        .catch((error) => expectPoolError(world, error))
        .finally(() => world.warming--)
      break
    case 'wake':
      pick(world.policies, action.nth)?.host?.wake()
      break
    case 'evict': {
      const live = [...world.pool.connections()]
      const seen = pick(live, action.nth)
      if (seen !== undefined) pick(world.policies, action.nth)?.evict(seen.id)
      break
    }
    case 'close':
      world.closing(pool.close({ timeout: action.timeout, waiters: action.waiters }), action.timeout)
      break
    case 'destroyPool':
      world.closing(pool.destroy(new Error('enough')), 0)
      break
  }
}

function acquireAborted({ pool, violate }: ModelWorld): void {
  const before = pool.stats().aborted
  pool.acquire({ signal: AbortSignal.abort() }).then(
    () => violate(new Violation(3, 'an aborted signal did not win over the pool')),
    () => {},
  )
  if (pool.stats().aborted <= before) violate(new Violation(3, 'an aborted signal did not win at once'))
}

function releaseTwice({ pool, leases: held, program, violate }: ModelWorld, nth: number): void {
  const again = pick(held.ended, nth)
  if (again === undefined) return
  const { leases } = pool.stats()
  again.lease.release()
  again.lease.retire()
  again.lease.destroy()
  if (pool.stats().leases < leases && program.listeners.length === 0) {
    violate(new Violation(1, 'a lease that had ended was ended again'))
  }
  try {
    again.lease.resource
    violate(new Violation(1, 'an ended lease still gives its resource'))
  } catch (error) {
    if (!isPoolError(error, 'ERR_POOL_LEASE_RELEASED')) throw error
  }
}

function resize({ pool }: ModelWorld, size: { readonly min: number; readonly max: number }): void {
  try {
    pool.resize({ min: size.min, max: size.max })
  } catch (error) {
    if (!isPoolError(error, 'ERR_POOL_INVALID_OPTION') && !isPoolError(error, 'ERR_POOL_CLOSED')) throw error
  }
}

function living({ resources }: ModelWorld): ModelResource[] {
  return resources.filter((resource) => !resource.dead && !resource.ended && !resource.detached)
}
