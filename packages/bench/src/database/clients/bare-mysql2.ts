import { createConnection } from 'mysql2/promise'
import { barePool } from './bare-pool.js'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

export function bareMysql2({ url, connections }: DatabaseClientOptions): DatabaseClient {
  return barePool({
    connections,
    open: () => createConnection(url),
    query: (connection, text) => connection.query(text),
    end: (connection) => connection.end(),
  })
}
