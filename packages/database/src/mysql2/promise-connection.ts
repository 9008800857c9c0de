import { MysqlPromiseConnection } from './mysql2-bases.js'
import type { PooledConnection } from './pooled-connection.js'
import { promiseAnswer, refuseCallback, type Tracing } from './promise-answer.js'

/** mysql2's promises around a borrowed connection. Once given back it takes nothing away from the next borrower. */
export class PromiseConnection extends MysqlPromiseConnection implements AsyncDisposable {
  readonly #lease: PooledConnection['lease']
  readonly #tracing: Tracing

  constructor(connection: PooledConnection, promiseImpl: PromiseConstructor, tracing: Tracing) {
    super(connection, promiseImpl)
    this.#lease = connection.lease
    this.#tracing = tracing
  }

  query(sql: unknown, values?: unknown): Promise<[never, never]> {
    refuseCallback(values)
    return promiseAnswer(this.Promise, this.#tracing, this.query, (done) => this.connection.query(sql, values, done))
  }

  execute(sql: unknown, values?: unknown): Promise<[never, never]> {
    refuseCallback(values)
    return promiseAnswer(this.Promise, this.#tracing, this.execute, (done) =>
      this.connection.execute(sql, values, done),
    )
  }

  release(): void {
    if (this.#isBorrowed) this.connection.release()
  }

  destroy(): void {
    if (this.#isBorrowed) this.connection.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
  }

  get #isBorrowed(): boolean {
    return this.#lease !== undefined && this.connection.lease === this.#lease
  }
}
