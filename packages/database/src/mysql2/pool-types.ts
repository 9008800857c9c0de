import type { ConnectionInfo, Pool as CorePool, FlushOptions, PoolStats } from '@millpond/core'
import type mysql from 'mysql2'
import type * as promise from 'mysql2/promise'
import type { BoundedQueryOptions, EndOptions, GetConnectionOptions } from './mysql2-options.js'
import type { PooledConnection } from './pooled-connection.js'

/** What both kinds of pool have beyond mysql2's. */
interface MillpondPool {
  /** The pool underneath: for its events, for `resize`, `pause`, `warm` and `use`, and to be a member of `balance` and
   * `failover`. */
  readonly inner: CorePool<PooledConnection>
  /** Counts, totals and ages, as of every millpond pool. */
  stats(): PoolStats
  /** Snapshots of all connections that are not closed. */
  connections(): Iterable<ConnectionInfo>
  /** Lends nothing any more that is open now: after a change of credentials, or a fail-over. */
  flush(options?: FlushOptions): void
}

type EndCallback = NonNullable<Parameters<mysql.Pool['end']>[0]>
type QueryCallback<T> = (error: mysql.QueryError | null, result: T, fields: mysql.FieldPacket[]) => unknown

interface BoundedCallback<V> {
  <T extends mysql.QueryResult>(options: BoundedQueryOptions, callback?: QueryCallback<T>): mysql.Query
  <T extends mysql.QueryResult>(options: BoundedQueryOptions, values: V, callback?: QueryCallback<T>): mysql.Query
}

interface BoundedPromiseQuery {
  /** With `signal` or `timeout` in its options, the query is killed on the server when nobody wants it any more. */
  query<T extends mysql.QueryResult>(
    query: string | BoundedQueryOptions,
    values?: mysql.QueryValues,
  ): Promise<[T, mysql.FieldPacket[]]>
  /** The same with a prepared statement, which its connection keeps. */
  execute<T extends mysql.QueryResult>(
    query: string | BoundedQueryOptions,
    values?: mysql.ExecuteValues,
  ): Promise<[T, mysql.FieldPacket[]]>
}

/** mysql2's connection of a pool, with queries that may be given up. */
export interface BorrowedCallbackConnection extends Omit<mysql.PoolConnection, 'query' | 'execute'> {
  readonly query: mysql.PoolConnection['query'] & BoundedCallback<mysql.QueryValues>
  readonly execute: mysql.PoolConnection['execute'] & BoundedCallback<mysql.ExecuteValues>
}

/** mysql2's connection of a pool with promises, with queries that may be given up. */
export interface BorrowedConnection extends Omit<promise.PoolConnection, 'query' | 'execute'>, BoundedPromiseQuery {}

type ConnectionCallback = (error: NodeJS.ErrnoException | null, connection: BorrowedCallbackConnection) => unknown

/** What `createPool` of `@millpond/database/mysql2/callback` makes: a drop-in for the pool of `mysql2`. */
export interface CallbackPool
  extends Omit<mysql.Pool, 'getConnection' | 'query' | 'execute' | 'end' | 'promise'>,
    MillpondPool {
  /** Lends a connection, to be given back by `connection.release()`. */
  getConnection(callback: ConnectionCallback): void
  getConnection(options: GetConnectionOptions | undefined, callback: ConnectionCallback): void
  /** Runs one query on a connection of the pool. With `signal` or `timeout` in its options it is killed on the server
   * when nobody wants it any more. */
  readonly query: mysql.Pool['query'] & BoundedCallback<mysql.QueryValues>
  /** The same with a prepared statement, which its connection keeps. */
  readonly execute: mysql.Pool['execute'] & BoundedCallback<mysql.ExecuteValues>
  /** Ends every connection as soon as it has answered what it was asked, and calls back when they are closed. Callers
   * that wait for a connection are told that the pool is closed. With `timeout`, waits for what is borrowed, and takes
   * it away then. */
  end(callback?: EndCallback): void
  end(options: EndOptions, callback?: EndCallback): void
  /** The same pool, with promises. */
  promise(promiseImpl?: PromiseConstructor): Pool
}

/** What `createPool` of `@millpond/database/mysql2` makes: a drop-in for the pool of `mysql2/promise`. */
export interface Pool
  extends Omit<promise.Pool, 'getConnection' | 'query' | 'execute' | 'end' | 'pool'>,
    BoundedPromiseQuery,
    MillpondPool {
  /** Lends a connection, to be given back by `connection.release()`, or at the end of an `await using` block. */
  getConnection(options?: GetConnectionOptions): Promise<BorrowedConnection>
  /** Ends every connection as soon as it has answered what it was asked, and resolves when they are closed. Callers that
   * wait for a connection are told that the pool is closed. With `timeout`, waits for what is borrowed, and takes it
   * away then. */
  end(options?: EndOptions): Promise<void>
  /** The same pool, with callbacks. */
  readonly pool: CallbackPool
}
