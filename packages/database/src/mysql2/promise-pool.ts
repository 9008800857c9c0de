import type { ConnectionInfo, Pool as CorePool, FlushOptions, PoolStats } from '@millpond/core'
import type { ConnectionDone } from './lending.js'
import { MysqlPromisePool } from './mysql2-bases.js'
import type { QueryDone } from './mysql2-internals.js'
import type { EndOptions, GetConnectionOptions } from './mysql2-options.js'
import type { PooledConnection } from './pooled-connection.js'
import { promiseAnswer, refuseCallback, type Tracing } from './promise-answer.js'
import { PromiseConnection } from './promise-connection.js'

/** The pool with callbacks, as far as the one with promises needs it. */
export interface PoolBehind {
  readonly tracing: Tracing
  readonly inner: CorePool<PooledConnection>
  borrow(options: GetConnectionOptions | undefined, done: ConnectionDone): void
  query(sql: unknown, values: unknown, done: QueryDone): unknown
  execute(sql: unknown, values: unknown, done: QueryDone): unknown
  end(options: EndOptions, done: (error?: Error | null) => void): void
}

/** mysql2's promises around a pool with callbacks: see the interface `Pool`. */
export class PromisePool extends MysqlPromisePool<PoolBehind> implements AsyncDisposable {
  readonly #tracing: Tracing

  constructor(pool: PoolBehind, promiseImpl: PromiseConstructor = Promise) {
    super(pool, promiseImpl)
    this.#tracing = pool.tracing
  }

  get inner(): CorePool<PooledConnection> {
    return this.pool.inner
  }

  stats(): PoolStats {
    return this.inner.stats()
  }

  connections(): Iterable<ConnectionInfo> {
    return this.inner.connections()
  }

  flush(options?: FlushOptions): void {
    this.inner.flush(options)
  }

  getConnection(options?: GetConnectionOptions): Promise<PromiseConnection> {
    return new this.Promise((resolve, reject) => {
      this.pool.borrow(options, (error, connection) => {
        if (connection === undefined) reject(error)
        else resolve(new PromiseConnection(connection, this.Promise, this.#tracing))
      })
    })
  }

  releaseConnection(connection: { release(): void }): void {
    connection.release()
  }

  query(sql: unknown, values?: unknown): Promise<[never, never]> {
    refuseCallback(values)
    return promiseAnswer(this.Promise, this.#tracing, this.query, (done) => this.pool.query(sql, values, done))
  }

  execute(sql: unknown, values?: unknown): Promise<[never, never]> {
    refuseCallback(values)
    return promiseAnswer(this.Promise, this.#tracing, this.execute, (done) =>
      this.pool.execute(sql, values || [], done),
    )
  }

  end(options: EndOptions = {}): Promise<void> {
    return new this.Promise((resolve, reject) => this.pool.end(options, (error) => (error ? reject(error) : resolve())))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }
}
