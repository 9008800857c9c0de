import pg from 'pg'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

export function pgPool({ url, connections, patience = 30_000 }: DatabaseClientOptions): DatabaseClient {
  const pool = new pg.Pool({ connectionString: url, max: connections, connectionTimeoutMillis: patience })
  // A client that the server drops while it is idle; without a listener the process would end.
  pool.on('error', () => {})
  return { query: (text) => pool.query(text), close: () => pool.end() }
}
