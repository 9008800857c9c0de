import postgres from 'postgres'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

/** It knows no patience: who waits for a connection waits for as long as it takes. It pipelines, too: several queries are
 * on their way on one connection. */
export function postgresJs({ url, connections }: DatabaseClientOptions): DatabaseClient {
  const sql = postgres(url, { max: connections, onnotice: () => {} })
  return { query: async (text) => sql.unsafe(text), close: () => sql.end() }
}
