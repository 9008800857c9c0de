import { AcquireTimeoutError, ConnectError, PoolClosedError } from '@millpond/core'

/** The signal of a query aborted while it ran. It is being cancelled on the server. `cause` is the signal's reason. */
export class PgQueryAbortedError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ERR_PG_QUERY_ABORTED'

  constructor(reason: unknown) {
    super('The query was aborted by its signal and is cancelled on the server', { cause: reason })
  }
}

/** A query ran longer than its `timeout` allowed. It is being cancelled on the server. */
export class PgQueryTimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly code = 'ERR_PG_QUERY_TIMEOUT'
  /** The query's `timeout`, in ms. */
  readonly timeout: number

  constructor(timeout: number) {
    super(
      `The query and the wait for its client took longer than ${timeout} ms; it is cancelled on the server. Likely it waits for a lock or lacks an index: look at pg_stat_activity, or raise its timeout`,
    )
    this.timeout = timeout
  }
}

/** What became of one host. */
export interface HostFailure {
  /** `db1:5432`. */
  readonly host: string
  readonly error: unknown
}

/** None of the hosts has given a session of the wanted kind. `errors` are theirs, in the order of `failures`. */
export class PgNoHostError extends AggregateError {
  override readonly name = 'PgNoHostError'
  readonly code = 'ERR_PG_NO_HOST'
  /** `targetSessionAttrs`. */
  readonly target: string
  readonly failures: readonly HostFailure[]

  constructor(target: string, failures: readonly HostFailure[]) {
    const told = failures.map(({ host, error }) => `${host}: ${error instanceof Error ? error.message : String(error)}`)
    const kind = target === 'any' ? 'a session' : `a session that is ${target}`
    super(
      failures.map(({ error }) => error),
      `No host gave ${kind}: ${told.join('; ')}. Check that one is up, and targetSessionAttrs`,
    )
    this.target = target
    this.failures = failures
  }
}

/** Code that was written for pg-pool matches on these texts. */
const messages = {
  ended: 'Cannot use a pool after calling end on the pool',
  endedTwice: 'Called end on pool more than once',
  releasedTwice: 'Release called on client which has already been released to the pool.',
  waitTimedOut: 'timeout exceeded when trying to connect',
  connectTimedOut: 'Connection terminated due to connection timeout',
  functionFirst: 'Passing a function as the first parameter to pool.query is not supported',
}

/** An error with pg-pool's text, and millpond's own, where there is one, as its cause. */
export function pgPoolError(which: keyof typeof messages, cause?: unknown): Error {
  return new Error(messages[which], cause === undefined ? undefined : { cause })
}

/** What pg-pool would have said of this failed acquire. `ownOpen`: there was room for a client of its own. */
export function explainFailure(error: unknown, ownOpen: boolean): unknown {
  if (error instanceof PoolClosedError) return pgPoolError('ended', error)
  if (error instanceof AcquireTimeoutError) {
    return pgPoolError(ownOpen && error.phase === 'connecting' ? 'connectTimedOut' : 'waitTimedOut', error)
  }
  // The driver's own error, as pg-pool gives it: with the code of the server or of the network.
  if (error instanceof ConnectError) return error.cause
  return error
}

/** pg's client knows the pool's timeout too, and may be the first to notice. */
export function explainConnectError(error: Error): Error {
  return error.message === 'timeout expired' ? pgPoolError('connectTimedOut', error) : error
}
