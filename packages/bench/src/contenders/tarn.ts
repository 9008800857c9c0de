import { Pool } from 'tarn'
import { type Contender, type PoolSetup, type Resource, standardSetup } from '../contender.js'

export function tarn(setup: PoolSetup = standardSetup): Contender<Resource> {
  const { connections, acquireTimeout, idleTimeout, open, onClose } = setup
  const pool = new Pool<Resource>({
    create: async () => open(),
    destroy: onClose,
    min: 0,
    max: connections,
    acquireTimeoutMillis: acquireTimeout,
    ...(idleTimeout && { idleTimeoutMillis: idleTimeout }),
  })
  return {
    acquire: () => pool.acquire().promise,
    release(resource) {
      pool.release(resource)
    },
    async close() {
      await pool.destroy()
    },
  }
}
