import type { AcquireOptions, Lease } from '@millpond/core'
import type pg from 'pg'
import { type Cancellation, cancelQuery } from './cancel-query.js'
import { PgQueryAbortedError, PgQueryTimeoutError } from './pg-errors.js'
import type { BoundedQueryConfig } from './pg-options.js'

/** The callback of a query. */
export type QueryDone = (error: unknown, result?: unknown) => void

/** The pool's side of a query with a signal or a deadline. */
export interface BoundedQueryHost {
  /** ms that the server has to say that a query is cancelled. */
  readonly patience: number
  newClient(): pg.PoolClient
  acquire(options: AcquireOptions, done: (error: unknown, lease?: Lease<pg.PoolClient>) => void): void
  lend(lease: Lease<pg.PoolClient>): pg.PoolClient
  giveBack(lease: Lease<pg.PoolClient>, client: pg.PoolClient, error: unknown): void
  destroy(lease: Lease<pg.PoolClient>, client: pg.PoolClient, error: Error): void
}

const QUERY_CANCELED = '57014'
/** What a timer of Node can wait. */
const LONGEST = 2 ** 31 - 1

/** Waits for a client and runs the query, within one deadline for both. */
export function runBounded(host: BoundedQueryHost, config: BoundedQueryConfig, values: unknown, done: QueryDone): void {
  const { signal, timeout } = config
  const deadline = performance.now() + (timeout ?? Number.POSITIVE_INFINITY)
  const options = { ...(signal !== undefined && { signal }), ...(timeout !== undefined && { timeout }) }
  host.acquire(options, (error, lease) => {
    if (lease === undefined) done(error)
    else new BoundedQuery(host, lease, config, done).start(values, deadline - performance.now())
  })
}

/**
 * A query that its caller may give up. The caller is told at once; the client is kept until the server has answered and
 * the cancel request has been acted upon, or `patience` is over, and then destroyed.
 */
class BoundedQuery {
  readonly #host: BoundedQueryHost
  readonly #lease: Lease<pg.PoolClient>
  readonly #client: pg.PoolClient
  readonly #config: BoundedQueryConfig
  readonly #done: QueryDone
  #timer: NodeJS.Timeout | undefined
  #cancellation: Cancellation | undefined
  #isAnswered = false
  #error: unknown
  #isOver = false

  constructor(host: BoundedQueryHost, lease: Lease<pg.PoolClient>, config: BoundedQueryConfig, done: QueryDone) {
    this.#host = host
    this.#lease = lease
    this.#config = config
    this.#done = done
    this.#client = host.lend(lease)
  }

  start(values: unknown, left: number): void {
    const { signal, timeout } = this.#config
    if (signal?.aborted) {
      this.#answered(new PgQueryAbortedError(signal.reason), undefined)
      return
    }
    if (timeout !== undefined && left < LONGEST) {
      this.#timer = setTimeout(() => this.#giveUp(new PgQueryTimeoutError(timeout)), Math.max(left, 0))
    }
    signal?.addEventListener('abort', this, { once: true })
    const query = this.#client.query as (config: unknown, values: unknown, done: QueryDone) => void
    try {
      query.call(this.#client, this.#config, values, (error, result) => this.#answered(error, result))
    } catch (error) {
      this.#answered(error, undefined)
    }
  }

  /** Called by the signal, whose listener it is. */
  handleEvent(): void {
    this.#giveUp(new PgQueryAbortedError(this.#config.signal?.reason))
  }

  #answered(error: unknown, result: unknown): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    this.#error = error
    if (this.#cancellation !== undefined) return
    this.#stopWaiting()
    // A client that was asked nothing is as good as before.
    this.#host.giveBack(this.#lease, this.#client, error instanceof PgQueryAbortedError ? undefined : error)
    if (error) this.#done(error)
    else this.#done(undefined, result)
  }

  #giveUp(error: Error): void {
    if (this.#isAnswered) return
    this.#stopWaiting()
    const answered = this.#whenAnswered()
    this.#cancellation = cancelQuery(this.#client, () => this.#host.newClient())
    this.#timer = setTimeout(() => this.#drop(error), this.#host.patience)
    void Promise.all([this.#cancellation.done, answered]).then(() => this.#settled())
    this.#done(error)
  }

  #whenAnswered(): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.#isAnswered) return
        this.#client.off('drain', look).off('end', look)
        resolve()
      }
      this.#client.on('drain', look).on('end', look)
    })
  }

  #settled(): void {
    if (this.#isOver) return
    this.#isOver = true
    clearTimeout(this.#timer)
    const isCancelled = (this.#error as { code?: string } | null | undefined)?.code === QUERY_CANCELED
    this.#host.giveBack(this.#lease, this.#client, isCancelled ? undefined : this.#error)
  }

  /** The server does not answer: nobody knows what state the client is in. */
  #drop(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancellation?.abandon()
    this.#host.destroy(this.#lease, this.#client, error)
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer)
    this.#config.signal?.removeEventListener('abort', this)
  }
}
