import { ConnectError } from '@millpond/core'

/**
 * What a request is told when it gets no connection: Node's own error where one could not be opened, so that clients
 * find the `code` they know. Each request has its own copy, since clients write on the errors they get.
 */
export function requestError(error: unknown): Error {
  if (error instanceof ConnectError && error.cause instanceof Error && 'code' in error.cause) return copyOf(error.cause)
  return error instanceof Error ? error : new Error(String(error))
}

function copyOf(error: Error): Error {
  const copy = new Error(error.message)
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error))
  return Object.defineProperties(copy, Object.getOwnPropertyDescriptors(error))
}
