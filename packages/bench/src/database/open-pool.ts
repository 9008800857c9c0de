import type { DatabaseClient, DatabaseClientOptions } from './clients/database-client.js'

/** Makes the pool that a trial is about. */
export type OpenPool = (options: Omit<DatabaseClientOptions, 'url'>) => Promise<DatabaseClient>
