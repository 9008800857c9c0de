import { createPool } from '@millpond/database/mysql2'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

export function millpondMysql2({ url, connections }: DatabaseClientOptions): DatabaseClient {
  const pool = createPool({ uri: url, connectionLimit: connections })
  return { query: (text) => pool.query(text), close: () => pool.end() }
}
