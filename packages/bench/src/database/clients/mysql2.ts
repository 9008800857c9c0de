import { createPool } from 'mysql2/promise'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

export function mysql2Pool({ url, connections }: DatabaseClientOptions): DatabaseClient {
  const pool = createPool({ uri: url, connectionLimit: connections })
  return { query: (text) => pool.query(text), close: () => pool.end() }
}
