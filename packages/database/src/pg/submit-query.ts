import type pg from 'pg'
import type { QueryDone } from './bounded-query.js'

/**
 * Runs a query object of its own kind, as a cursor or a query stream. Those call back differently or not at all, but all
 * end with the server being ready for the next query: then the client comes back.
 */
export function submit(
  client: pg.PoolClient,
  query: pg.Submittable & { callback?: QueryDone; _result?: unknown },
  release: (error?: unknown) => void,
  done: QueryDone,
): void {
  const { callback } = query
  let isOver = false
  let failure: unknown
  let result: unknown
  const settle = () => {
    if (isOver) return
    isOver = true
    client.off('drain', settle).off('end', settle)
    release(failure)
    done(failure, result ?? query._result)
  }
  query.callback = (error, value) => {
    failure = error
    result = value
    callback?.call(query, error, value)
    if (error) settle()
  }
  client.on('drain', settle).on('end', settle)
  try {
    client.query(query)
  } catch (error) {
    failure = error
    settle()
  }
}
