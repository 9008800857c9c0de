import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import mysql from 'mysql2'

/** The callback of a query. */
export type QueryDone = (error: unknown, rows?: unknown, fields?: unknown) => void

/** The same with the types of mysql2. */
export type Answer<T> = (error: mysql.QueryError | null, rows: T, fields: mysql.FieldPacket[]) => unknown

/** A command as mysql2 queues them on a connection. */
export interface Command extends EventEmitter {
  /** Sends it; answers what is to be done with the first packet, or null when it is over. */
  start: unknown
  /** What it does with the next packet; null before its start and after its end. */
  readonly next: unknown
  onResult?: QueryDone | undefined
}

export interface QueryCommand extends Command {
  readonly sql: string
  readonly timeout?: number | undefined
  namedPlaceholders?: boolean | undefined
}

/** One packet of the server's, inside of what has been received. */
export interface Packet {
  readonly buffer: Buffer
  readonly start: number
  readonly offset: number
  readonly end: number
}

/** mysql2's `ConnectionConfig`, complete. */
export interface ConnectionConfig {
  readonly connectTimeout: number
  readonly namedPlaceholders: boolean
  readonly trace: boolean
  readonly gracefulEnd: boolean
  /** A socket, or how to make one. */
  stream?: unknown
  user?: string | undefined
  password?: string | undefined
  database?: string | undefined
}

/** mysql2's `PoolConfig`, complete. */
export interface PoolConfig {
  readonly connectionConfig: ConnectionConfig
  readonly waitForConnections: boolean
  readonly connectionLimit: number
  readonly maxIdle: number
  readonly idleTimeout: number
  readonly queueLimit: number
  /** Missing in older versions. */
  readonly resetOnRelease?: boolean
}

/** A pooled connection of mysql2's with what its types leave out. */
export interface WireConnection
  extends Omit<
    mysql.PoolConnection,
    | 'changeUser'
    | 'config'
    | 'destroy'
    | 'execute'
    | 'promise'
    | 'query'
    | 'release'
    | 'reset'
    | 'stream'
    | typeof Symbol.dispose
  > {
  readonly config: ConnectionConfig
  readonly stream: Socket
  /** What is being answered. */
  readonly _command: Command | null | undefined
  readonly _commands: { readonly length: number; get(index: number): Command | undefined; shift(): Command | undefined }
  readonly _paused: boolean
  readonly _closing?: boolean
  addCommand<C extends Command>(command: C): C
  query<T extends mysql.QueryResult>(sql: unknown, done?: Answer<T>): QueryCommand
  query<T extends mysql.QueryResult>(sql: unknown, values: unknown, done?: Answer<T>): QueryCommand
  execute<T extends mysql.QueryResult>(sql: unknown, done?: Answer<T>): QueryCommand
  execute<T extends mysql.QueryResult>(sql: unknown, values: unknown, done?: Answer<T>): QueryCommand
  changeUser(options: object, done?: (error: mysql.QueryError | null) => void): void
  destroy(): void
  release(): void
  [Symbol.dispose](): void
  handlePacket(packet?: Packet): void
  close(): void
  /** Ends it, though it belongs to a pool. */
  _realEnd(done?: (error?: Error) => void): void
  _removeFromPool(): void
  /** Fails everything that it has been asked. */
  _notifyError(error: Error): void
  /** Missing in older versions. */
  reset?(done: (error?: Error | null) => void): void
  promise(promiseImpl?: PromiseConstructor): unknown
}

export const WirePoolConnection = mysql.PoolConnection as unknown as new (
  pool: object,
  options: { config: ConnectionConfig },
) => WireConnection

type CreateQuery = (sql: unknown, values: unknown, done: unknown, config: object) => QueryCommand

/** Makes a query of the arguments of `query`, in whichever form. */
export const createQuery = (mysql as unknown as { createQuery: CreateQuery }).createQuery

/** Reads options as the installed version of mysql2 does. Throws what it throws. */
export function readConfig(options: object | string): PoolConfig {
  const pool = mysql.createPool(options as mysql.PoolOptions) as unknown as {
    config: PoolConfig
    _removeIdleTimeoutConnectionsTimer?: NodeJS.Timeout
  }
  // It has opened nothing, but its timer runs; its end() stops that in newer versions only.
  clearTimeout(pool._removeIdleTimeoutConnectionsTimer)
  return pool.config
}
