import { ConnectError, PoolClosedError } from '@millpond/core'
import { errors } from 'undici'
import { requestError } from '../agent/request-error.js'

/**
 * What a request is told when it gets no connection, as undici would: its own errors when the dispatcher has been closed
 * or the connection took too long, Node's where one could not be opened. Where the pool refuses, the pool's.
 */
export function dispatchError(error: unknown, destroyedWith: Error | undefined): Error {
  if (error instanceof PoolClosedError) return destroyedWith ?? new errors.ClientClosedError()
  if (error instanceof ConnectError && isTimeout(error.cause)) {
    return Object.assign(new errors.ConnectTimeoutError(error.message), { cause: error.cause })
  }
  return requestError(error)
}

function isTimeout(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'TimeoutError'
}
