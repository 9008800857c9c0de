/** The step of an open that failed: finding the address, reaching it, or the TLS handshake on top of it. */
export type TcpConnectPhase = 'lookup' | 'connect' | 'handshake'

/**
 * How a connection was lost.
 *
 * - `fin`: the peer closed its side
 * - `reset`: the peer or something on the way cut it (ECONNRESET, EPIPE)
 * - `unexpected-data`: bytes lay unread while it was idle, so request and response no longer match
 * - `error`: the socket failed otherwise (ETIMEDOUT of keep-alive, a TLS alert)
 * - `local`: it was destroyed on this side, by a borrower
 */
export type TcpLostReason = 'fin' | 'reset' | 'unexpected-data' | 'error' | 'local'

/** An open failed. `code` is Node's (ECONNREFUSED, CERT_HAS_EXPIRED, …), `cause` Node's error. */
export class TcpConnectError extends Error {
  override readonly name = 'TcpConnectError'
  /** Node's code, or `ERR_TCP_CONNECT` when it gave none. */
  readonly code: string
  readonly phase: TcpConnectPhase
  /** The target: `db.internal:5432` or a path. */
  readonly address: string

  constructor(address: string, phase: TcpConnectPhase, cause: Error | undefined) {
    super(`${WHAT_FAILED[phase]} ${address} failed: ${describe(cause)}`, { cause })
    this.code = codeOf(cause) ?? 'ERR_TCP_CONNECT'
    this.phase = phase
    this.address = address
  }
}

/** An open connection is gone, or must not be used again. `cause` is Node's error where there was one. */
export class TcpLostError extends Error {
  override readonly name = 'TcpLostError'
  readonly code = 'ERR_TCP_LOST'
  readonly why: TcpLostReason
  /** The target: `db.internal:5432` or a path. */
  readonly address: string

  constructor(address: string, why: TcpLostReason, cause?: Error) {
    super(`${WHAT_HAPPENED[why](address)}${cause ? `: ${describe(cause)}` : ''}`, cause ? { cause } : undefined)
    this.why = why
    this.address = address
  }
}

/**
 * The peer was silent for `timeouts.read` while an answer was awaited. The socket is destroyed with it: what comes later
 * would be taken for the next answer.
 */
export class TcpReadTimeoutError extends Error {
  override readonly name = 'TcpReadTimeoutError'
  readonly code = 'ERR_TCP_READ_TIMEOUT'
  /** The target: `db.internal:5432` or a path. */
  readonly address: string
  /** `timeouts.read`, in ms. */
  readonly timeout: number

  constructor(address: string, timeout: number) {
    super(
      `${address} sent nothing for ${timeout} ms after it was asked; it is overloaded, unreachable or not going to ` +
        'answer. Raise timeouts.read if its answers may take longer',
    )
    this.address = address
    this.timeout = timeout
  }
}

/** The peer took none of the written bytes for `timeouts.write`. The socket is destroyed with it. */
export class TcpWriteTimeoutError extends Error {
  override readonly name = 'TcpWriteTimeoutError'
  readonly code = 'ERR_TCP_WRITE_TIMEOUT'
  /** The target: `db.internal:5432` or a path. */
  readonly address: string
  /** `timeouts.write`, in ms. */
  readonly timeout: number
  /** Bytes that were still to be sent. */
  readonly unsent: number

  constructor(address: string, timeout: number, unsent: number) {
    super(
      `${address} took nothing of what was written for ${timeout} ms, with ${unsent} bytes to be sent; it does not ` +
        'read, or is unreachable. Raise timeouts.write if it may pause longer',
    )
    this.address = address
    this.timeout = timeout
    this.unsent = unsent
  }
}

/** What an `error` event of an open socket says about how it was lost. Our own errors say it themselves. */
export function lostByError(address: string, cause: Error): Error {
  if (cause instanceof TcpReadTimeoutError || cause instanceof TcpWriteTimeoutError) return cause
  const code = codeOf(cause)
  return new TcpLostError(address, code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : 'error', cause)
}

const WHAT_FAILED: Record<TcpConnectPhase, string> = {
  lookup: 'finding the address of',
  connect: 'connecting to',
  handshake: 'the TLS handshake with',
}

const WHAT_HAPPENED: Record<TcpLostReason, (address: string) => string> = {
  fin: (address) => `${address} closed the connection`,
  reset: (address) => `the connection to ${address} was reset`,
  'unexpected-data': (address) =>
    `${address} sent bytes nobody had asked for while the connection was idle; a borrower left before the answer was ` +
    'complete, or the server speaks first and its greeting was not read',
  error: (address) => `the connection to ${address} failed`,
  local: (address) => `the connection to ${address} was destroyed on this side`,
}

/** An AggregateError of Happy Eyeballs (RFC 8305) has an empty message: its attempts have the news. */
function describe(error: Error | undefined): string {
  if (!error) return 'the socket closed before it was ready'
  if (error instanceof AggregateError) {
    return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ')
  }
  const code = codeOf(error)
  return code && !error.message.includes(code) ? `${error.message} (${code})` : error.message
}

function codeOf(error: Error | undefined): string | undefined {
  return error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
