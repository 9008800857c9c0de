/** For a request that was given to a connection which ended before the request was written. Callers never see it. */
export class ConnectionGoneError extends Error {
  override readonly name = 'ConnectionGoneError'

  constructor() {
    super('The connection ended before the request was written')
  }
}
