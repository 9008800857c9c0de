/** The connection ended while an answer was due. Nobody can tell whether the server had done what it was asked. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError'
  readonly code = 'ERR_CONNECTION_LOST'

  constructor(connection: string, question: string, cause: Error | undefined) {
    super(`Connection ${connection} was lost before the answer to "${question}"`, cause && { cause })
  }
}
