import { createPool, type Lease } from '@millpond/core'
import { acquireTimeout, type Contender, connections, Resource } from '../contender.js'

export function millpond(): Contender<Lease<Resource>> & { lastUsed: Resource | undefined } {
  const pool = createPool<Resource>(
    { name: 'bench', open: () => new Resource(), close: () => {} },
    { size: { max: connections }, acquire: { timeout: acquireTimeout } },
  )
  return {
    lastUsed: undefined,
    acquire: () => pool.acquire(),
    tryAcquire: () => pool.tryAcquire(),
    release(lease) {
      // The peers resolve with the resource itself; here a borrower reads it from the lease, so that is paid for too.
      this.lastUsed = lease.resource
      lease.release()
    },
    close: () => pool.close(),
  }
}
