import { Pool } from 'sequelize-pool'
import { type Contender, type PoolSetup, type Resource, standardSetup } from '../contender.js'

export function sequelizePool(setup: PoolSetup = standardSetup): Contender<Resource> {
  const { connections, acquireTimeout, idleTimeout, open, onClose } = setup
  const pool = new Pool<Resource>({
    create: async () => open(),
    destroy: onClose,
    // It has no default and insists on one.
    validate: () => true,
    min: 0,
    max: connections,
    acquireTimeoutMillis: acquireTimeout,
    ...(idleTimeout && { idleTimeoutMillis: idleTimeout }),
  })
  return {
    acquire: () => pool.acquire(),
    release: (resource) => pool.release(resource),
    async close() {
      await pool.drain()
      await pool.destroyAllNow()
    },
  }
}
