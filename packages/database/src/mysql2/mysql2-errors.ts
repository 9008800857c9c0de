import {
  AcquireTimeoutError,
  CircuitOpenError,
  ConnectError,
  PoolClosedError,
  type PoolError,
  QueueFullError,
} from '@millpond/core'

/** The signal of a query aborted while it ran. It is being killed on the server. `cause` is the signal's reason. */
export class MysqlQueryAbortedError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ERR_MYSQL_QUERY_ABORTED'

  constructor(reason: unknown) {
    super('The query was aborted by its signal and is killed on the server', { cause: reason })
  }
}

/** Code that was written for mysql2's pool matches on these texts, code for mysqljs's on these codes. */
const messages = {
  closed: ['Pool is closed.', 'POOL_CLOSED'],
  full: ['Queue limit reached.', 'POOL_ENQUEUELIMIT'],
  busy: ['No connections available.', 'POOL_CONNLIMIT'],
} as const

/** An error with mysql2's text, mysqljs's code, and millpond's own, where there is one, as its cause. */
export function mysqlPoolError(which: keyof typeof messages, cause?: unknown): Error {
  const [message, code] = messages[which]
  return Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code })
}

/** What mysql2's pool would have said of this failed acquire. It has no time limit for waiting: that error stays ours. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof PoolClosedError) return mysqlPoolError('closed', error)
  if (error instanceof QueueFullError) return mysqlPoolError('full', error)
  // The driver's own error, as mysql2 gives it: with the code of the server or of the network.
  if (error instanceof ConnectError || error instanceof CircuitOpenError) return driverError(error)
  return error
}

function driverError(error: PoolError): unknown {
  const cause = error.cause instanceof ConnectError ? error.cause.cause : error.cause
  return cause instanceof Error && !isDeadline(cause) ? cause : connectTimedOut(error)
}

/** As mysql2 says that a login took too long. */
function connectTimedOut(cause: unknown): Error {
  return Object.assign(new Error('connect ETIMEDOUT', { cause }), {
    code: 'ETIMEDOUT',
    syscall: 'connect',
    fatal: true,
  })
}

function isDeadline(error: Error): boolean {
  return error.name === 'TimeoutError' || error instanceof AcquireTimeoutError
}
