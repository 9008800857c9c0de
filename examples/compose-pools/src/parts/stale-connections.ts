import type net from 'node:net'
import { createPool, type Pool, retryStale } from '@millpond/core'
import { line } from '../line/line-adapter.js'
import { work } from '../line/line-client.js'
import { LineServer } from '../line/line-server.js'
import { finding, type Part } from '../part.js'

/** The server's name, or an error. */
type Outcome = string | Error

export interface StaleFigures {
  readonly withoutRetry: Outcome
  readonly withRetry: Outcome
  /** With a retry, but half of the answer had come. */
  readonly halfAnswered: Outcome
}

/**
 * The race that no health check wins: the server closes an idle connection while a request is on its way to it. Here it
 * does so as it receives the request.
 */
export const staleConnections: Part<StaleFigures> = async () => {
  await using server = await LineServer.start('database')
  await using pool = createPool(line(server.port), { size: { max: 1 } })
  const once = () => pool.use((socket) => work(socket, 1))
  const twice = () => retryStale(pool, (socket, _lease, answered) => work(socket, 1, answered))

  const race = async (request: () => Promise<string>, lastWords: string): Promise<Outcome> => {
    await ensureReused(pool)
    server.hangUpAfter(lastWords)
    return request().catch((error: Error) => error)
  }
  const withoutRetry = await race(once, '')
  const withRetry = await race(twice, '')
  const halfAnswered = await race(twice, 'BY data')

  const told = (outcome: Outcome) => (outcome instanceof Error ? `fails: ${outcome.message}` : 'is answered')
  return {
    figures: { withoutRetry, withRetry, halfAnswered },
    findings: [
      finding(`a request on a connection that is just being closed ${told(withoutRetry)}`, withoutRetry !== 'database'),
      finding(`with retryStale it ${told(withRetry)}, on a fresh connection`, withRetry === 'database'),
      finding(`but once something was answered it ${told(halfAnswered)}`, halfAnswered !== 'database'),
    ],
  }
}

/** A connection that never served anybody is not stale but broken: nothing is tried again on its account. */
async function ensureReused(pool: Pool<net.Socket>): Promise<void> {
  await pool.use((socket) => work(socket, 1))
}
