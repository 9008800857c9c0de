import type { EventEmitter } from 'node:events'
import { createRequire } from 'node:module'

/** What the bench needs of what mongodb does not export from its front door. */
export interface MongoConnectionPool {
  ready(): void
  checkOut(options: { timeoutContext: unknown }): Promise<MongoConnection>
  checkIn(connection: MongoConnection): void
  close(): void
}

export interface MongoConnection extends EventEmitter {
  readonly id: number
}

interface ConnectionPoolModule {
  readonly ConnectionPool: new (server: object, options: object) => MongoConnectionPool
}

interface ConnectionModule {
  readonly Connection: new (socket: object, options: object) => MongoConnection
}

interface TimeoutModule {
  readonly TimeoutContext: {
    create(options: { serverSelectionTimeoutMS: number; waitQueueTimeoutMS: number }): unknown
  }
}

const require = createRequire(import.meta.url)

export const { ConnectionPool } = require('mongodb/lib/cmap/connection_pool.js') as ConnectionPoolModule
export const { Connection } = require('mongodb/lib/cmap/connection.js') as ConnectionModule
export const { TimeoutContext } = require('mongodb/lib/timeout.js') as TimeoutModule
