import pg from 'pg'
import { barePool } from './bare-pool.js'
import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

export function barePg({ url, connections }: DatabaseClientOptions): DatabaseClient {
  return barePool({
    connections,
    async open() {
      const client = new pg.Client(url)
      await client.connect()
      return client
    },
    query: (client, text) => client.query(text),
    end: (client) => client.end(),
  })
}
