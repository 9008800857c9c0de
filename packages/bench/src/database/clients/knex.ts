import knex from 'knex'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

/** `min: 0`, as its documentation recommends. */
export function knexWithTarn({ url, connections, patience = 30_000 }: DatabaseClientOptions): DatabaseClient {
  const database = knex({
    client: 'pg',
    connection: url,
    pool: { min: 0, max: connections, acquireTimeoutMillis: patience },
    // It would print each timeout, thousands of them.
    log: { warn() {}, error() {} },
  })
  return { query: async (text) => database.raw(text), close: () => database.destroy() }
}
