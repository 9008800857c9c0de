import type { EventEmitter } from 'node:events'
import mysql from 'mysql2'
import promise from 'mysql2/promise'
import type { PoolConfig } from './mysql2-internals.js'
import type { PooledConnection } from './pooled-connection.js'

/** What mysql2's pool brings along; everything else of it is written anew. */
interface MysqlPoolBase extends EventEmitter {
  readonly config: PoolConfig
  _closed: boolean
  _removeIdleTimeoutConnections(): void
}

interface PromisePoolBase<P> extends EventEmitter {
  readonly pool: P
  readonly Promise: PromiseConstructor
}

interface PromiseConnectionBase extends EventEmitter {
  readonly connection: PooledConnection
  readonly Promise: PromiseConstructor
}

/** Base classes: mysql2's own ask with `instanceof`, and so may others. */
export const MysqlPool = (mysql as unknown as { Pool: unknown }).Pool as new (options: {
  config: PoolConfig
}) => MysqlPoolBase

const { PromisePool, PromisePoolConnection } = promise as unknown as Record<string, unknown>

export const MysqlPromisePool = PromisePool as new <P>(pool: P, promiseImpl: PromiseConstructor) => PromisePoolBase<P>

export const MysqlPromiseConnection = PromisePoolConnection as new (
  connection: PooledConnection,
  promiseImpl: PromiseConstructor,
) => PromiseConnectionBase
