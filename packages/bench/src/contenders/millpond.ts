import { type AcquireOptions, createPool, type Lease, type PoolOptions } from '@millpond/core'
import { acquireTimeout, type Contender, connections, Resource } from '../contender.js'

/** What is switched on, in the pool and in each acquire. */
export interface MillpondSetup {
  readonly options?: PoolOptions<Resource>
  /** What each acquire asks for. Default nothing. */
  readonly asks?: (() => AcquireOptions) | undefined
}

export function millpond(setup: MillpondSetup = {}): Contender<Lease<Resource>> & { lastUsed: Resource | undefined } {
  const { options, asks } = setup
  const pool = createPool<Resource>(
    { name: 'bench', open: () => new Resource(), close: () => {} },
    {
      ...options,
      size: { max: connections, ...options?.size },
      acquire: { timeout: acquireTimeout, ...options?.acquire },
    },
  )
  return {
    lastUsed: undefined,
    acquire: asks === undefined ? () => pool.acquire() : () => pool.acquire(asks()),
    tryAcquire: () => pool.tryAcquire(),
    use() {
      return pool.use((resource) => {
        this.lastUsed = resource
      })
    },
    release(lease) {
      // The peers resolve with the resource itself; here a borrower reads it from the lease, so that is paid for too.
      this.lastUsed = lease.resource
      lease.release()
    },
    close: () => pool.close(),
  }
}
