import { type Contender, type PoolSetup, type Resource, standardSetup } from '../contender.js'

/**
 * The least that a pool with promises can cost, with no limit, timeout or check: an array popped and a resolved promise,
 * or an array of resolvers when all are taken.
 */
export function floor({ connections, open }: PoolSetup = standardSetup): Contender<Resource> {
  const free = Array.from({ length: connections }, open)
  let waiting: ((resource: Resource) => void)[] = []
  let served = 0
  return {
    acquire() {
      const resource = free.pop()
      return resource === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(resource)
    },
    release(resource) {
      // Not shift(): it moves all the others, which costs more than everything else here.
      const next = waiting[served]
      if (next === undefined) {
        free.push(resource)
        return
      }
      served += 1
      // Each resolver is moved once at most, however many wait.
      if (served >= 4096 && served * 2 >= waiting.length) {
        waiting = waiting.slice(served)
        served = 0
      }
      next(resource)
    },
    close: async () => {},
  }
}
