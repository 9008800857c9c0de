import { createPool } from 'lightning-pool'
import { acquireTimeout, type Contender, connections, Resource } from '../contender.js'

export function lightningPool(): Contender<Resource> {
  const pool = createPool<Resource>(
    { create: () => new Resource(), destroy: () => {} },
    // Its default of 1,000 waiters at most would reject some in the row of 1,000 borrowers.
    { max: connections, acquireTimeoutMillis: acquireTimeout, maxQueue: 10_000 },
  )
  return {
    acquire: () => pool.acquire(),
    release: (resource) => pool.release(resource),
    close: () => pool.closeAsync(),
  }
}
