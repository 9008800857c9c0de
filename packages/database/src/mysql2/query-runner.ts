import type { Lease } from '@millpond/core'
import type { Lending } from './lending.js'
import { explainFailure } from './mysql2-errors.js'
import type { QueryCommand, QueryDone } from './mysql2-internals.js'
import type { Errand, PooledConnection } from './pooled-connection.js'
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
      (error) => failQuery(command, error),
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

  drained(connection: PooledConnection): void {
    comeBack(this.#lending, connection)
  }

  lost(connection: PooledConnection): void {
    this.#lending.giveBack(connection)
  }

  #wait(send: (lease: Lease<PooledConnection>) => void, fail: (error: unknown) => void): void {
    const refusal = this.#lending.refusal()
    if (refusal !== undefined) process.nextTick(fail, refusal)
    // What a callback throws is not to be a rejection.
    else this.#lending.inner.acquire().then(send, (error) => process.nextTick(fail, explainFailure(error)))
  }

  #sendQuery(connection: PooledConnection, command: QueryCommand): void {
    connection.errand = this
    try {
      sendQuery(connection, command)
    } catch (error) {
      this.#lending.giveBack(connection)
      process.nextTick(failQuery, command, error)
    }
  }

  #sendStatement(connection: PooledConnection, sql: unknown, values: unknown, done: QueryDone): void {
    connection.errand = this
    try {
      sendStatement(connection, sql, values, done)
    } catch (error) {
      this.#lending.giveBack(connection)
      process.nextTick(done, error)
    }
  }
}

/** One that has become read-only in a fail-over is of no use any more, as in mysql2. */
export function comeBack(lending: Lending, connection: PooledConnection): void {
  if (connection.status === UNKNOWN && isReadOnly(connection.errno)) lending.destroy(connection)
  else lending.giveBack(connection)
}

export function sendQuery(connection: PooledConnection, command: QueryCommand): void {
  connection.query(command as never)
  ifOver(connection)
}

export function sendStatement(connection: PooledConnection, sql: unknown, values: unknown, done: QueryDone): void {
  connection.execute(sql as string, values as never, done as never)
  ifOver(connection)
}

/** A query without a callback tells by an event. */
export function failQuery(command: QueryCommand, error: unknown): void {
  if (command.onResult) command.onResult(error)
  else command.emit('error', error)
}

/** What mysql2 refuses by itself has brought no answer that would say so. */
function ifOver(connection: PooledConnection): void {
  if (connection._command == null) connection.errand?.drained(connection)
}

function isReadOnly(errno: number): boolean {
  return (
    errno === ER_OPTION_PREVENTS_STATEMENT ||
    errno === ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION ||
    errno === ER_READ_ONLY_MODE
  )
}
