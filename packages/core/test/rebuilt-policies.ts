import { definePolicy, OverloadedError, type Policy } from '../src/index.js'

/** `idle.timeout` from outside, for a pool that keeps nothing (`size.min` and `size.minSpare` 0): when a connection has
 * come to rest, look again after the timeout. */
export function rebuiltIdleTimeout(timeout: number): Policy {
  return definePolicy({
    name: 'rebuilt idle timeout',
    onIdle({ connection, now }) {
      const due = (connection.idleSince ?? now) + timeout
      return now < due ? { lookAgain: due } : { verdict: 'retire', reason: 'idle' }
    },
  })
}

/** `lifetime.maxUses` from outside. */
export function rebuiltMaxUses(maxUses: number): Policy {
  return definePolicy({
    name: 'rebuilt uses',
    onRelease: ({ connection }) => (connection.uses >= maxUses ? { verdict: 'retire', reason: 'uses' } : 'keep'),
  })
}

/** `acquire.adaptive` from outside: CoDel for a queue, with one state for each priority. */
export function rebuiltCoDel(target: number, interval: number): Policy {
  return definePolicy({
    name: 'rebuilt CoDel',
    attach(host) {
      const queues = new Map<number, { least: number; until: number; isSlow: boolean; lookedAt: number }>()
      return {
        admit({ occasion, priority, waited, waiting, now }) {
          let queue = queues.get(priority)
          if (queue === undefined) {
            queue = { least: 0, until: now + interval, isSlow: false, lookedAt: now }
            queues.set(priority, queue)
          }
          if (occasion === 'arrival') {
            if (waiting === 0) Object.assign(queue, { least: 0, isSlow: false, lookedAt: now })
            host.wake(now + interval)
            return 'admit'
          }
          const sinceLook = occasion === 'wake' ? Math.min(waited, now - queue.lookedAt) : 0
          const isOver = occasion === 'wake' ? sinceLook >= interval : now >= queue.until
          if (isOver) {
            queue.isSlow = (occasion === 'wake' ? waited : queue.least) > target
            queue.least = waited
            queue.until = now + interval
          } else if (occasion === 'turn') {
            queue.least = Math.min(queue.least, waited)
          }
          if (occasion === 'turn') queue.lookedAt = now
          if (queue.isSlow && waited > 2 * target) {
            return {
              verdict: 'reject',
              error: new OverloadedError(host.pool, waited, `no wait was below ${target} ms`),
            }
          }
          if (occasion === 'wake') host.wake(queue.isSlow ? now + 2 * target - waited + 1 : now + interval - sinceLook)
          return 'admit'
        },
      }
    },
  })
}
