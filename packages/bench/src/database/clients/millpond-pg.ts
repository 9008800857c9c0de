import { Pool } from '@millpond/database/pg'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

export function millpondPg({ url, connections, patience = 30_000 }: DatabaseClientOptions): DatabaseClient {
  return through(new Pool({ connectionString: url, max: connections, connectionTimeoutMillis: patience }))
}

/** With the queue kept short under overload (CoDel). */
export function millpondPgAdaptive({ url, connections, patience = 30_000 }: DatabaseClientOptions): DatabaseClient {
  const acquire = { timeout: patience, adaptive: { target: 50, interval: 500 } }
  return through(new Pool({ connectionString: url, max: connections, pool: { acquire } }))
}

function through(pool: Pool): DatabaseClient {
  return { query: (text) => pool.query(text), close: () => pool.end() }
}
