import {
  type ConnectionInfo,
  type Pool as CorePool,
  type FlushOptions,
  InvalidOptionError,
  type PoolStats,
} from '@millpond/core'
import { callOut } from '../pg/call-out.js'
import { isBounded } from './bounded-command.js'
import { type ConnectionDone, Lending } from './lending.js'
import { MysqlPool } from './mysql2-bases.js'
import { createQuery, type QueryCommand, type QueryDone, readConfig } from './mysql2-internals.js'
import {
  type EndOptions,
  type GetConnectionOptions,
  hideSecrets,
  type PoolOptions,
  splitOptions,
} from './mysql2-options.js'
import { nothing, type PooledConnection } from './pooled-connection.js'
import type { Tracing } from './promise-answer.js'
import { PromisePool } from './promise-pool.js'
import { QueryRunner } from './query-runner.js'

type EndDone = (error?: Error | null) => void

/** mysql2's pool with millpond's underneath: see the interface `CallbackPool`. */
export class MillpondCallbackPool extends MysqlPool {
  readonly tracing: Tracing
  readonly #lending: Lending
  readonly #runner: QueryRunner

  /** Throws `InvalidOptionError`, and what mysql2 throws. */
  constructor(options: PoolOptions | string) {
    const { theirs, own } = splitOptions(options)
    super({ config: readConfig(theirs) })
    hideSecrets(this.config.connectionConfig)
    this.tracing = readTracing(theirs)
    this.#lending = new Lending(this, this.config, own)
    this.#runner = new QueryRunner(this.#lending)
    exposeCounts(this, this.inner)
  }

  get inner(): CorePool<PooledConnection> {
    return this.#lending.inner
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

  getConnection(first: GetConnectionOptions | undefined | ConnectionDone, second?: ConnectionDone): void {
    const options = typeof first === 'function' ? undefined : first
    const done = (typeof first === 'function' ? first : second) as ConnectionDone
    this.#lending.getConnectionAround(options, (...outcome) => callOut(done, outcome))
  }

  /** For those who wrap the callback themselves. */
  borrow(options: GetConnectionOptions | undefined, done: ConnectionDone): void {
    this.#lending.getConnection(options, done)
  }

  releaseConnection(connection: { release(): void }): void {
    connection.release()
  }

  query(sql: unknown, values?: unknown, done?: unknown): QueryCommand {
    const { connectionConfig } = this.config
    const command = createQuery(sql, values, done, connectionConfig)
    if (command.namedPlaceholders === undefined) command.namedPlaceholders = connectionConfig.namedPlaceholders
    if (isBounded(sql)) this.#runner.queryBounded(command, sql)
    else this.#runner.query(command)
    return command
  }

  execute(sql: unknown, values?: unknown, callback?: unknown): void {
    const hasValues = typeof values !== 'function'
    const done = ((hasValues ? callback : values) ?? nothing) as QueryDone
    const given = hasValues ? values : []
    if (isBounded(sql)) this.#runner.executeBounded(sql, given, done)
    else this.#runner.execute(sql, given, done)
  }

  end(first?: EndOptions | EndDone, second?: EndDone): void {
    const { timeout } = typeof first === 'function' ? {} : (first ?? {})
    const done = typeof first === 'function' ? first : second
    if (timeout !== undefined && !(timeout > 0)) {
      const allowed = 'milliseconds as a number above 0; Infinity switches it off'
      const error = new InvalidOptionError('end.timeout', timeout, allowed)
      if (done === undefined) throw error
      process.nextTick(done, error)
      return
    }
    this._closed = true
    const ended = this.#lending.end(timeout === undefined ? {} : { timeout })
    void ended.then(() => callOut(done ?? nothing, [undefined]))
  }

  promise(promiseImpl?: PromiseConstructor): PromisePool {
    return new PromisePool(this, promiseImpl)
  }

  [Symbol.dispose](): void {
    if (!this._closed) this.end()
  }

  /** The pool underneath does. */
  override _removeIdleTimeoutConnections(): void {}
}

/** mysql2 has read a uri's options into these. */
function readTracing(options: object | string): Tracing {
  const { trace } = typeof options === 'string' ? {} : (options as { trace?: boolean })
  if (trace === true) return 'calls'
  return trace === false ? 'off' : 'awaits'
}

/** mysql2 has no counts, so that monitoring code reads the lengths of these. */
function exposeCounts(pool: object, inner: CorePool<PooledConnection>): void {
  const counts = {
    _allConnections: () => inner.stats().size - inner.stats().closing,
    _freeConnections: () => inner.stats().idle,
    _connectionQueue: () => inner.stats().waiting,
  }
  for (const [name, count] of Object.entries(counts)) {
    const value = Object.defineProperty({}, 'length', { get: count, enumerable: true })
    Object.defineProperty(pool, name, { value, enumerable: false })
  }
}
