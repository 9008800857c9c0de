import { Pool } from '@millpond/database/pg'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

export function millpondPg({ url, connections, patience = 30_000 }: DatabaseClientOptions): DatabaseClient {
  return through(new Pool({ connectionString: url, max: connections, connectionTimeoutMillis: patience }))
}

/** What the drop-in leaves as pg-pool has it: opens only what beats waiting, and keeps the queue short under overload
 * (CoDel). */
export function millpondPgTuned({ url, connections, patience = 30_000 }: DatabaseClientOptions): DatabaseClient {
  const acquire = { timeout: patience, adaptive: { target: 50, interval: 500 } }
  return through(
    new Pool({ connectionString: url, max: connections, pool: { acquire, connect: { growth: 'elastic' } } }),
  )
}

function through(pool: Pool): DatabaseClient {
  return { query: (text) => pool.query(text), close: () => pool.end() }
}
