import type { PoolCore } from '../pool/pool-core.js'
import type { PoolLease } from './lease.js'
import type { Waiter } from './waiter.js'

/** Takes a waiter out of the queue, with its deadline and its listener. From here on it is settled by the caller. */
export function dequeue<R>(core: PoolCore<R>, waiter: Waiter<PoolLease<R>>): void {
  relieve(core, waiter)
  calm(core)
}

/** The same of one that takes over another's connection. The common alarm stays until that one rests or ends: setting a
 * timer of the clock anew for each of those that wait alone, one after the other, costs more than the rest of their way. */
export function relieve<R>(core: PoolCore<R>, waiter: Waiter<PoolLease<R>>): void {
  core.queue.remove(waiter)
  if (waiter.wish !== undefined) {
    core.wheel.disarm(waiter.wish)
    waiter.wish.signal?.removeEventListener('abort', waiter.wish)
  }
  if (core.queue.size === 0) core.holdProcess(core.whenEmpty !== undefined)
}

/** Nobody waits: the deadline that all have in common is nobody's. */
export function calm<R>(core: PoolCore<R>): void {
  if (core.queue.size === 0) core.alarms.calm()
}
