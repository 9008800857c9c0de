import { Pool } from 'tarn'
import { acquireTimeout, type Contender, connections, Resource } from '../contender.js'

export function tarn(): Contender<Resource> {
  const pool = new Pool<Resource>({
    create: async () => new Resource(),
    destroy: () => {},
    min: 0,
    max: connections,
    acquireTimeoutMillis: acquireTimeout,
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
