import type { Lease } from '@millpond/core'
import { type Bounds, bound } from './bounded-command.js'
import type { Lending } from './lending.js'
import { explainFailure, MysqlQueryAbortedError } from './mysql2-errors.js'
import type { Command, QueryCommand, QueryDone } from './mysql2-internals.js'
import { type Errand, failCommand, type PooledConnection } from './pooled-connection.js'
import { UNKNOWN } from './server-status.js'

const ER_OPTION_PREVENTS_STATEMENT = 1290
const ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION = 1792
const ER_READ_ONLY_MODE = 1836

/** Runs queries on whichever connection the pool has: on an idle one at once, else in turn. */
export class QueryRunner implements Errand {
  readonly #lending: Lending

  constructor(lending: Lending) {
    this.#lending = lending
  }

  query(command: QueryCommand): void {
    const lease = this.#lending.tryAcquire()
    if (lease !== undefined) {
      this.#sendQuery(this.#lending.lend(lease), command)
      return
    }
    this.#wait(
      (granted) => this.#sendQuery(this.#lending.lend(granted), command),
      (error) => failCommand(command, error),
    )
  }

  execute(sql: unknown, values: unknown, done: QueryDone): void {
    const lease = this.#lending.tryAcquire()
    if (lease !== undefined) {
      this.#sendStatement(this.#lending.lend(lease), sql, values, done)
      return
    }
    this.#wait((granted) => this.#sendStatement(this.#lending.lend(granted), sql, values, done), done)
  }

  /** A query that its caller may give up. */
  queryBounded(command: QueryCommand, bounds: Bounds): void {
    const fail = (error: unknown) => failCommand(command, error)
    this.#waitBounded(bounds, (connection) => this.#sendQuery(connection, command), fail)
  }

  executeBounded(sql: Bounds, values: unknown, done: QueryDone): void {
    this.#waitBounded(sql, (connection) => this.#sendStatement(connection, sql, values, done), done)
  }

  /** One that has become read-only in a fail-over is of no use any more, as in mysql2. */
  drained(connection: PooledConnection): void {
    if (connection.status === UNKNOWN && isReadOnly(connection.errno)) this.#lending.destroy(connection)
    else this.#lending.giveBack(connection)
  }

  lost(connection: PooledConnection): void {
    this.#lending.giveBack(connection)
  }

  #wait(send: (lease: Lease<PooledConnection>) => unknown, fail: (error: unknown) => void): void {
    const refusal = this.#lending.refusal()
    if (refusal !== undefined) process.nextTick(fail, refusal)
    else {
      this.#lending.inner.acquire().then(
        // No value: a promise would take a query of mysql2's for another promise, by its then().
        (lease) => void send(lease),
        // What a callback throws is not to be a rejection.
        (error) => process.nextTick(fail, explainFailure(error)),
      )
    }
  }

  #waitBounded(bounds: Bounds, send: (connection: PooledConnection) => Command | undefined, fail: QueryDone): void {
    const { signal } = bounds
    this.#lending.acquire(signal === undefined ? undefined : { signal }, (error, lease) => {
      if (lease === undefined) {
        fail(error)
        return
      }
      const connection = this.#lending.lend(lease)
      if (signal?.aborted) {
        this.#lending.giveBack(connection)
        fail(new MysqlQueryAbortedError(signal.reason))
        return
      }
      const command = send(connection)
      // The connection comes back once it has been killed, and cleaned.
      if (command !== undefined) bound(connection, command, bounds, () => this.#lending.giveBack(connection, true))
    })
  }

  /** The command, unless mysql2 has refused it by itself. */
  #sendQuery(connection: PooledConnection, command: QueryCommand): Command | undefined {
    connection.errand = this
    try {
      connection.query(command)
      return this.#sent(connection, command)
    } catch (error) {
      this.#lending.giveBack(connection)
      process.nextTick(failCommand, command, error)
      return undefined
    }
  }

  #sendStatement(connection: PooledConnection, sql: unknown, values: unknown, done: QueryDone): Command | undefined {
    connection.errand = this
    try {
      return this.#sent(connection, connection.execute(sql, values, done))
    } catch (error) {
      this.#lending.giveBack(connection)
      process.nextTick(done, error)
      return undefined
    }
  }

  /** What mysql2 refuses has brought no answer that would say so. */
  #sent(connection: PooledConnection, command: Command): Command | undefined {
    if (connection.errand === undefined) return undefined
    if (connection._command != null) return command
    this.drained(connection)
    return undefined
  }
}

function isReadOnly(errno: number): boolean {
  return (
    errno === ER_OPTION_PREVENTS_STATEMENT ||
    errno === ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION ||
    errno === ER_READ_ONLY_MODE
  )
}
