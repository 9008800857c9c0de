import { Pool } from 'sequelize-pool'
import { acquireTimeout, type Contender, connections, Resource } from '../contender.js'

export function sequelizePool(): Contender<Resource> {
  const pool = new Pool<Resource>({
    create: async () => new Resource(),
    destroy: () => {},
    // It has no default and insists on one.
    validate: () => true,
    min: 0,
    max: connections,
    acquireTimeoutMillis: acquireTimeout,
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
