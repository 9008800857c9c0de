import type { ConnectionInfo, Pool as CorePool, FlushOptions, PoolStats } from '@millpond/core'
import { captureStack, rejectTraced, type Tracing, withStack } from './caller-stack.js'
import type { ConnectionDone } from './lending.js'
import { MysqlPromisePool } from './mysql2-bases.js'
import type { PoolConfig, QueryDone } from './mysql2-internals.js'
import type { EndOptions, GetConnectionOptions } from './mysql2-options.js'
import type { PooledConnection } from './pooled-connection.js'
import { PromiseConnection } from './promise-connection.js'

/** The pool with callbacks, as far as the one with promises needs it. */
export interface PoolBehind {
  readonly config: PoolConfig
  readonly tracing: Tracing
  readonly inner: CorePool<PooledConnection>
  readonly _closed: boolean
  borrow(options: GetConnectionOptions | undefined, done: ConnectionDone): void
  releaseConnection(connection: { release(): void }): void
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
        else resolve(new PromiseConnection(connection, this.Promise))
      })
    })
  }

  releaseConnection(connection: { release(): void }): void {
    connection.release()
  }

  query(sql: unknown, values?: unknown): Promise<[never, never]> {
    refuseCallback(values)
    const call = this.#tracing === 'calls' ? captureStack(PromisePool.prototype.query) : undefined
    return new this.Promise((resolve, reject) => {
      this.pool.query(sql, values, (error, rows, fields) => {
        if (!error) resolve([rows, fields] as [never, never])
        else if (call !== undefined) reject(withStack(error, call))
        else if (this.#tracing === 'awaits') resolve(rejectTraced(error))
        else reject(error)
      })
    })
  }

  execute(sql: unknown, values?: unknown): Promise<[never, never]> {
    refuseCallback(values)
    const call = this.#tracing === 'calls' ? captureStack(PromisePool.prototype.execute) : undefined
    return new this.Promise((resolve, reject) => {
      this.pool.execute(sql, values || [], (error, rows, fields) => {
        if (!error) resolve([rows, fields] as [never, never])
        else if (call !== undefined) reject(withStack(error, call))
        else if (this.#tracing === 'awaits') resolve(rejectTraced(error))
        else reject(error)
      })
    })
  }

  end(options: EndOptions = {}): Promise<void> {
    return new this.Promise((resolve, reject) => this.pool.end(options, (error) => (error ? reject(error) : resolve())))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end()
  }
}

function refuseCallback(values: unknown): void {
  if (typeof values === 'function') throw new Error('Callback function is not available with promise clients.')
}
