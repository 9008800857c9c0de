import { createPool } from 'lightning-pool'
import { type Contender, type PoolSetup, type Resource, standardSetup } from '../contender.js'

export function lightningPool(setup: PoolSetup = standardSetup): Contender<Resource> {
  const { connections, acquireTimeout, idleTimeout, open, onClose } = setup
  const pool = createPool<Resource>(
    { create: open, destroy: onClose },
    {
      max: connections,
      acquireTimeoutMillis: acquireTimeout,
      // Its default of 1,000 waiters at most would reject some in the row of 1,000 borrowers.
      maxQueue: 1_000_000,
      ...(idleTimeout && { idleTimeoutMillis: idleTimeout }),
    },
  )
  return {
    acquire: () => pool.acquire(),
    release: (resource) => pool.release(resource),
    close: () => pool.closeAsync(),
  }
}
