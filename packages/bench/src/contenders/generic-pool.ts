import { createPool } from 'generic-pool'
import { type Contender, type PoolSetup, type Resource, standardSetup } from '../contender.js'

export function genericPool(setup: PoolSetup = standardSetup): Contender<Resource> {
  const { connections, acquireTimeout, idleTimeout, open, onClose } = setup
  const pool = createPool(
    { create: async () => open(), destroy: async () => onClose() },
    { max: connections, acquireTimeoutMillis: acquireTimeout, ...(idleTimeout && eviction(idleTimeout, connections)) },
  )
  return {
    acquire: () => pool.acquire() as Promise<Resource>,
    release(resource) {
      void pool.release(resource)
    },
    async close() {
      await pool.drain()
      await pool.clear()
    },
  }
}

/** It evicts nothing by default, and three in a run where it does. */
function eviction(idleTimeoutMillis: number, numTestsPerEvictionRun: number) {
  return { idleTimeoutMillis, evictionRunIntervalMillis: idleTimeoutMillis, numTestsPerEvictionRun }
}
