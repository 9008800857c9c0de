/**
 * A reused connection turned out to be dead before a byte of the answer came, and the request could not be sent again:
 * it is not idempotent, or a part of its body is gone. Whether the server has acted on it is unknown.
 *
 * Its `code` is Node's for the same case, so that clients which retry by code do so.
 */
export class StaleConnectionError extends Error {
  override readonly name = 'StaleConnectionError'
  readonly code = 'ECONNRESET'
  readonly method: string
  /** `example.org:443`, or the path of a Unix socket. */
  readonly address: string

  constructor(method: string, address: string, why: string, cause: Error) {
    super(
      `${address} closed a reused connection before it answered ${method}. The request was not sent again, because ` +
        `${why}: the server may have acted on it. Try again if that does no harm, or keep idle connections for less ` +
        'time than the server does (idle.timeout)',
      { cause },
    )
    this.method = method
    this.address = address
  }
}
