import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

/** Loaded by name, so that a process has in it the one pool it measures and no other. */
const load = {
  'millpond pg': async () => (await import('./millpond-pg.js')).millpondPg,
  'millpond pg, tuned': async () => (await import('./millpond-pg.js')).millpondPgTuned,
  'pg.Pool': async () => (await import('./pg-pool.js')).pgPool,
  'knex with tarn': async () => (await import('./knex.js')).knexWithTarn,
  'postgres.js': async () => (await import('./postgres-js.js')).postgresJs,
  'millpond mysql2': async () => (await import('./millpond-mysql2.js')).millpondMysql2,
  mysql2: async () => (await import('./mysql2.js')).mysql2Pool,
} satisfies Record<string, () => Promise<(options: DatabaseClientOptions) => DatabaseClient>>

export type DatabaseClientName = keyof typeof load

export const databaseClientNames = Object.keys(load) as DatabaseClientName[]

export async function createDatabaseClient(
  name: DatabaseClientName,
  options: DatabaseClientOptions,
): Promise<DatabaseClient> {
  return (await load[name]())(options)
}
