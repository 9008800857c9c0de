import { createPool } from 'generic-pool'
import { acquireTimeout, type Contender, connections, Resource } from '../contender.js'

export function genericPool(): Contender<Resource> {
  const pool = createPool(
    { create: async () => new Resource(), destroy: async () => {} },
    { max: connections, acquireTimeoutMillis: acquireTimeout },
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
