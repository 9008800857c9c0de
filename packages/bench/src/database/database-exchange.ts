import type { Ask } from '../wire/sustained.js'
import { createDatabaseClient, type DatabaseClientName } from './clients/index.js'

/** One query, again and again. */
export interface DatabaseExchange {
  readonly kind: 'database'
  readonly client: DatabaseClientName
  readonly url: string
  readonly connections: number
  readonly query: string
}

export async function askDatabase({ client, url, connections, query }: DatabaseExchange): Promise<Ask> {
  const database = await createDatabaseClient(client, { url, connections })
  return () => database.query(query)
}
