import { countFailure } from '../adapter/count-failure.js'
import type { Connection } from '../connection/connection.js'
import { ConnectError } from '../errors/connect-error.js'
import type { PoolCore } from '../pool/pool-core.js'
import { failHopeless } from './fail-waiters.js'

/** Action: an open failed or took too long. */
export function noteFailure<R>(core: PoolCore<R>, connection: Connection<R>): void {
  connection.error ??= timedOut(core.options.connect.timeout)
  countFailure(core, connection)
  const { error } = connection
  const now = core.lastNow
  core.lastFailure = error
  core.lastFailureAt = now
  core.policies?.connectFailed(connection, error)
  const failure = new ConnectError(core.name, core.adapter.name, core.failures, error)
  if (core.moments.connectError.wanted) {
    const { info, failuresBefore, since } = connection
    core.moments.connectError.tell(core, {
      connection: info,
      error,
      attempt: failuresBefore + 1,
      took: now - since,
    })
  }
  for (const warming of core.warming ?? []) warming.reject(failure)
  if (!core.options.connect.retry) failHopeless(core, failure, 'connect-failed')
}

function timedOut(timeout: number): Error {
  const error = new Error(`the open did not settle within connect.timeout (${timeout} ms)`)
  error.name = 'TimeoutError'
  return error
}
