import { type Contender, Resource } from '../contender.js'
import { keyWalk } from './key-walk.js'

/**
 * The least that a keyed pool with promises can cost: a key looked up in a map, an array popped, a resolved promise. What
 * it costs more with more keys are the processor's cache misses. For one borrower at a time.
 */
export function keyedFloor(count: number): Contender<Resource> {
  const { keys, next } = keyWalk(count)
  const idle = new Map(keys.map((key) => [key, [new Resource()]]))
  let lender: Resource[] = []
  return {
    acquire() {
      lender = idle.get(next()) as Resource[]
      return Promise.resolve(lender.pop() as Resource)
    },
    release(resource) {
      lender.push(resource)
    },
    close: async () => {},
  }
}
