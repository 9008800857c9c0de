import type { RequestRecord } from '../load/request.js'
import { ConnectionLostError } from '../protocol/connection-lost-error.js'
import type { RunResult } from '../run.js'

export type Outcome = 'answered' | 'lost in flight' | 'not connected' | 'failed otherwise'

/** How long a socket that the kernel has closed may go unnoticed by its process, in ms. */
const unnoticed = 100

/**
 * What became of a request.
 *
 * In flight at a kill (or reset) is a request whose line had been written to a connection when we killed the server, or
 * had it reset that very connection, and whose answer had not arrived. It may or may not have been carried out, so
 * nothing may repeat it: it has to fail, with `ConnectionLostError`. Every other failure counts against the run.
 */
export function outcomeOf(request: RequestRecord, cutOf: RunResult['cutOf']): Outcome {
  const { sentAt, settledAt, error, connection } = request
  if (settledAt !== undefined && error === undefined) return 'answered'
  if (connection === undefined || sentAt === undefined || settledAt === undefined) return 'not connected'
  const cut = error instanceof ConnectionLostError ? cutOf(connection) : undefined
  const inFlight = cut !== undefined && sentAt <= cut.to + unnoticed && settledAt >= cut.from
  return inFlight ? 'lost in flight' : 'failed otherwise'
}
