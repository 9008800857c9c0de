import { type AcquireOptions, type Adapter, createPool, type Lease, type PoolOptions } from '@millpond/core'
import { type Contender, type PoolSetup, type Resource, standardSetup } from '../contender.js'

/** What is switched on, in the pool and in each acquire. */
export interface MillpondSetup extends Partial<PoolSetup> {
  readonly options?: PoolOptions<Resource>
  /** What the adapter can do beside opening and closing. */
  readonly adapter?: Partial<Adapter<Resource>>
  /** What each acquire asks for. Default nothing. */
  readonly asks?: (() => AcquireOptions) | undefined
}

export function millpond(setup: MillpondSetup = {}): Contender<Lease<Resource>> & { lastUsed: Resource | undefined } {
  const { options, asks, adapter } = setup
  const { connections, acquireTimeout, idleTimeout, maxAge, open, onClose } = { ...standardSetup, ...setup }
  const pool = createPool<Resource>(
    { name: 'bench', open, close: onClose, ...adapter },
    {
      ...options,
      size: { max: connections, ...options?.size },
      acquire: { timeout: acquireTimeout, ...options?.acquire },
      ...(idleTimeout && { idle: { timeout: idleTimeout } }),
      ...(maxAge && { lifetime: { maxAge, jitter: 0 } }),
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
