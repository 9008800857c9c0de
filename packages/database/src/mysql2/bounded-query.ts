import type { Lending } from './lending.js'
import { MysqlQueryAbortedError } from './mysql2-errors.js'
import type { QueryDone } from './mysql2-internals.js'
import type { Errand, PooledConnection } from './pooled-connection.js'
import { comeBack } from './query-runner.js'

/** Sends a query, which answers by the callback. */
export type Ask = (connection: PooledConnection, done: QueryDone) => void

/** What a timer of Node can wait. */
const LONGEST = 2 ** 31 - 1

/** Waits for a connection and runs the query, until its signal aborts or mysql2 says that its `timeout` is over. */
export function runBounded(lending: Lending, signal: AbortSignal | undefined, ask: Ask, done: QueryDone): void {
  lending.acquire(signal === undefined ? undefined : { signal }, (error, lease) => {
    if (lease === undefined) done(error)
    else new BoundedQuery(lending, lending.lend(lease), signal, done).start(ask)
  })
}

/**
 * A query that its caller may give up. The caller is told at once; the connection is kept until the server has answered
 * and acted upon the KILL, or `patience` is over, and then destroyed.
 */
class BoundedQuery implements Errand {
  readonly #lending: Lending
  readonly #connection: PooledConnection
  readonly #signal: AbortSignal | undefined
  readonly #done: QueryDone
  #timer: NodeJS.Timeout | undefined
  #isSettled = false
  #isDrained = false
  #isBeingKilled = false
  #isKilled = false
  #isOver = false

  constructor(lending: Lending, connection: PooledConnection, signal: AbortSignal | undefined, done: QueryDone) {
    this.#lending = lending
    this.#connection = connection
    this.#signal = signal
    this.#done = done
  }

  start(ask: Ask): void {
    if (this.#signal?.aborted) {
      this.#lending.giveBack(this.#connection)
      this.#done(new MysqlQueryAbortedError(this.#signal.reason))
      return
    }
    this.#connection.errand = this
    this.#signal?.addEventListener('abort', this, { once: true })
    try {
      ask(this.#connection, (error, rows, fields) => this.#answered(error, rows, fields))
    } catch (error) {
      this.#end()
      this.#lending.giveBack(this.#connection)
      this.#done(error)
    }
  }

  /** Called by the signal, whose listener it is. */
  handleEvent(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    const error = new MysqlQueryAbortedError(this.#signal?.reason)
    this.#kill(error)
    this.#done(error)
  }

  drained(): void {
    this.#isDrained = true
    this.#signal?.removeEventListener('abort', this)
    if (this.#isBeingKilled) this.#ifQuiet()
    else if (this.#end()) comeBack(this.#lending, this.#connection)
  }

  lost(): void {
    if (this.#end()) this.#lending.giveBack(this.#connection)
  }

  #answered(error: unknown, rows: unknown, fields: unknown): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#signal?.removeEventListener('abort', this)
    if (isTimeout(error)) this.#kill(error as Error)
    this.#done(error, rows, fields)
  }

  #kill(error: Error): void {
    if (this.#isDrained || this.#isOver) return
    this.#isBeingKilled = true
    this.#timer = setTimeout(() => this.#drop(error), Math.min(this.#lending.patience, LONGEST))
    void this.#lending.killQuery(this.#connection).then(() => {
      this.#isKilled = true
      this.#ifQuiet()
    })
  }

  #ifQuiet(): void {
    if (this.#isDrained && this.#isKilled && this.#end()) this.#lending.giveBack(this.#connection, true)
  }

  /** The server does not answer: nobody knows what state the connection is in. */
  #drop(error: Error): void {
    if (this.#end()) this.#lending.destroy(this.#connection, error)
  }

  /** False when it has ended before. */
  #end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this)
    return true
  }
}

function isTimeout(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'PROTOCOL_SEQUENCE_TIMEOUT'
}
