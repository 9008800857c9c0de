import type { Lease } from '@millpond/core'
import type pg from 'pg'
import { type QueryDone, runBounded } from './bounded-query.js'
import type { Lending } from './lending.js'
import type { BoundedQueryConfig, KeptOptions } from './pg-options.js'
import { submit } from './submit-query.js'

type Release = (error?: unknown) => void
type Query = (text: unknown, values: unknown, done: QueryDone) => void

/** Runs one query on a client of the pool: on an idle one at once, else in turn. */
export function runQuery(
  lending: Lending,
  options: KeptOptions,
  text: unknown,
  values: unknown,
  done: QueryDone,
): void {
  if (isBounded(text)) {
    runBounded(lending, text, values, done)
    return
  }
  if (options.verify !== undefined) {
    lending.connect(undefined, (error, client, release) => {
      if (client === undefined) done(error)
      else ask(options, client, text, values, release, done)
    })
    return
  }
  const send = (lease: Lease<pg.PoolClient>) => askOn(lending, options, lease, text, values, done)
  const lease = lending.tryAcquire()
  if (lease !== undefined) {
    send(lease)
    return
  }
  lending.acquire(undefined, (error, granted) => {
    if (granted === undefined) done(error)
    else send(granted)
  })
}

/**
 * The same for a query that nothing is asked of but its result, which it promises. Its own promise is made when it is
 * sent: under load a thousand of them wait, and what they keep alive is what the garbage collector stops everybody for.
 */
export function promiseQuery(lending: Lending, options: KeptOptions, text: unknown, values: unknown): Promise<unknown> {
  const send = (lease: Lease<pg.PoolClient>) =>
    new Promise((resolve, reject) => {
      askOn(lending, options, lease, text, values, (error, result) => (error ? reject(error) : resolve(result)))
    })
  const lease = lending.tryAcquire()
  return lease === undefined ? lending.acquireThen(send) : send(lease)
}

/** Whether `promiseQuery` will do. */
export function isPlain({ verify }: KeptOptions, text: unknown): boolean {
  return verify === undefined && !isBounded(text)
}

function askOn(
  lending: Lending,
  options: KeptOptions,
  lease: Lease<pg.PoolClient>,
  text: unknown,
  values: unknown,
  done: QueryDone,
): void {
  const client = lending.lend(lease)
  ask(options, client, text, values, (error) => lending.giveBack(lease, client, error), done)
}

function ask(
  { log }: KeptOptions,
  client: pg.PoolClient,
  text: unknown,
  values: unknown,
  release: Release,
  done: QueryDone,
): void {
  if (isSubmittable(text)) {
    submit(client, text, release, done)
    return
  }
  let isOver = false
  try {
    log?.('dispatching query')
    ;(client.query as Query).call(client, text, values, (error, result) => {
      if (isOver) return
      isOver = true
      let failure = error
      try {
        log?.('query dispatched')
      } catch (thrown) {
        failure ||= thrown
      }
      release(error)
      if (failure) done(failure)
      else done(undefined, result)
    })
  } catch (error) {
    isOver = true
    release(error)
    // Whoever calls back does so later.
    process.nextTick(done, error)
  }
}

function isSubmittable(query: unknown): query is pg.Submittable {
  return typeof query === 'object' && query !== null && typeof (query as pg.Submittable).submit === 'function'
}

function isBounded(query: unknown): query is BoundedQueryConfig {
  if (typeof query !== 'object' || query === null || isSubmittable(query)) return false
  const { signal, timeout } = query as BoundedQueryConfig
  return signal !== undefined || timeout !== undefined
}
