import type { DatabaseClient, DatabaseClientOptions } from './database-client.js'

interface Entry {
  /** What is set, beside the connections and the patience of a caller, and what its documentation has to say for it. */
  readonly tuning: string
  /** Loaded by name, so that a process has in it the one pool it measures and no other. */
  load(): Promise<(options: DatabaseClientOptions) => DatabaseClient>
}

const entries = {
  'millpond pg': {
    tuning: 'the drop-in as it is: `new Pool({ max })`',
    load: async () => (await import('./millpond-pg.js')).millpondPg,
  },
  'millpond pg, tuned': {
    tuning: "`acquire.adaptive` (target 50 ms, interval 500 ms) and `connect.growth: 'elastic'`",
    load: async () => (await import('./millpond-pg.js')).millpondPgTuned,
  },
  'pg.Pool': { tuning: '`max`, else its defaults', load: async () => (await import('./pg-pool.js')).pgPool },
  'knex with tarn': {
    tuning: '`pool.min: 0`, as its documentation advises, else its defaults',
    load: async () => (await import('./knex.js')).knexWithTarn,
  },
  'postgres.js': {
    tuning: 'another driver, which pipelines; `max`, else its defaults; it knows no acquire timeout',
    load: async () => (await import('./postgres-js.js')).postgresJs,
  },
  'floor pg': {
    tuning: 'an array of clients of pg; no limit of time, no check, no errors',
    load: async () => (await import('./bare-pg.js')).barePg,
  },
  'millpond mysql2': {
    tuning: '`connectionLimit`, else its defaults',
    load: async () => (await import('./millpond-mysql2.js')).millpondMysql2,
  },
  mysql2: {
    tuning: '`connectionLimit`, else its defaults: `maxIdle` as high',
    load: async () => (await import('./mysql2.js')).mysql2Pool,
  },
  'floor mysql2': {
    tuning: 'an array of connections of mysql2; no limit of time, no check, no errors',
    load: async () => (await import('./bare-mysql2.js')).bareMysql2,
  },
} satisfies Record<string, Entry>

export type DatabaseClientName = keyof typeof entries

export const databaseClientNames = Object.keys(entries) as DatabaseClientName[]

/** How each is tuned, in a line for the report. */
export const databaseTunings = Object.fromEntries(
  databaseClientNames.map((name) => [name, entries[name].tuning]),
) as Readonly<Record<DatabaseClientName, string>>

export async function createDatabaseClient(
  name: DatabaseClientName,
  options: DatabaseClientOptions,
): Promise<DatabaseClient> {
  return (await entries[name].load())(options)
}
