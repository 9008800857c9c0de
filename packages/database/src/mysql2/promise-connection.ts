import { MysqlPromiseConnection } from './mysql2-bases.js'
import type { PooledConnection } from './pooled-connection.js'

/** mysql2's promises around a borrowed connection. Once given back it takes nothing away from the next borrower. */
export class PromiseConnection extends MysqlPromiseConnection implements AsyncDisposable {
  readonly #lease: PooledConnection['lease']

  constructor(connection: PooledConnection, promiseImpl: PromiseConstructor) {
    super(connection, promiseImpl)
    this.#lease = connection.lease
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
