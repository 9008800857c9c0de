/** The origin answered ALPN with another protocol than HTTP/2: the cause of the `ConnectError` of an acquire. `request`
 * speaks HTTP/1.1 with it instead. */
export class Http1OnlyError extends Error {
  override readonly name = 'Http1OnlyError'
  readonly code = 'ERR_HTTP2_HTTP1_ONLY'
  /** `https://example.org:443`. */
  readonly origin: string
  /** What it chose by ALPN; undefined where it knows no ALPN. */
  readonly protocol: string | undefined

  constructor(origin: string, protocol: string | undefined) {
    super(
      `${origin} does not speak HTTP/2: ${protocol === undefined ? 'it knows no ALPN' : `by ALPN it chose ${protocol}`}. ` +
        'Use the pool’s request(), which then speaks HTTP/1.1, or an agent of @millpond/http',
    )
    this.origin = origin
    this.protocol = protocol
  }
}

/** What was connected to did not begin with HTTP/2's preface (RFC 9113, section 3.4): the cause of the `ConnectError` of
 * an acquire. An `http:` origin that speaks HTTP/1.1 shows so. */
export class Http2PrefaceError extends Error {
  override readonly name = 'Http2PrefaceError'
  readonly code = 'ERR_HTTP2_PREFACE'
  readonly origin: string

  constructor(origin: string, cause: Error | undefined) {
    const why = cause === undefined ? 'it closed the connection' : cause.message
    super(`${origin} did not begin to speak HTTP/2: ${why}`, cause && { cause })
    this.origin = origin
  }
}

/**
 * How a session was lost.
 *
 * - `closed`: the connection was closed, by the peer as a rule
 * - `reset`: the peer or something on the way cut it (ECONNRESET, EPIPE)
 * - `goaway`: the peer ended it with an error (RFC 9113, section 6.8)
 * - `silent`: a PING was not answered in time: the peer is frozen, or cut off
 * - `error`: it failed otherwise: bytes that are no HTTP/2, ETIMEDOUT of keep-alive
 * - `local`: the pool ended it at once: at the deadline of `close`, by `destroy`, by a borrower's `destroy`
 */
export type Http2LostReason = 'closed' | 'reset' | 'goaway' | 'silent' | 'error' | 'local'

/** An open session is gone, and with it its streams. `cause` is Node's error where there was one. */
export class Http2LostError extends Error {
  override readonly name = 'Http2LostError'
  readonly code = 'ERR_HTTP2_LOST'
  readonly why: Http2LostReason
  readonly origin: string

  constructor(origin: string, why: Http2LostReason, detail: string, cause?: Error) {
    super(`the HTTP/2 session with ${origin} ${detail}`, cause && { cause })
    this.why = why
    this.origin = origin
  }
}

/** The peer refused a stream without having looked at the request (REFUSED_STREAM, or a GOAWAY that leaves it out), and
 * it was sent again in vain, or could not be. It was not acted on: trying later does no harm. */
export class StreamRefusedError extends Error {
  override readonly name = 'StreamRefusedError'
  readonly code = 'ERR_HTTP2_STREAM_REFUSED'
  readonly origin: string
  /** How often it was sent. */
  readonly attempts: number

  constructor(origin: string, attempts: number, why: string, cause: Error) {
    const times = attempts === 1 ? 'the request' : `the request ${attempts} times`
    super(`${origin} refused ${times} unprocessed, and ${why}. Send less at once, or try later`, { cause })
    this.origin = origin
    this.attempts = attempts
  }
}

/** The peer broke off a stream (RST_STREAM), or its session ended, before the answer was complete. */
export class StreamResetError extends Error {
  override readonly name = 'StreamResetError'
  readonly code = 'ERR_HTTP2_STREAM_RESET'
  /** HTTP/2's error code (RFC 9113, section 7). */
  readonly rstCode: number

  constructor(rstCode: number, cause?: Error) {
    super(`the stream was broken off with ${nameOf(rstCode)} before the answer was complete`, cause && { cause })
    this.rstCode = rstCode
  }
}

/** No answer began within the request's `timeout`. */
export class RequestTimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly code = 'ERR_HTTP2_REQUEST_TIMEOUT'
  /** In ms. */
  readonly timeout: number

  constructor(origin: string, timeout: number) {
    super(`${origin} did not begin to answer within ${timeout} ms (timeout)`)
    this.timeout = timeout
  }
}

/** The request's `signal` aborted; `cause` is its reason. */
export class RequestAbortedError extends Error {
  override readonly name = 'AbortError'
  readonly code = 'ABORT_ERR'

  constructor(reason: unknown) {
    super('The request was aborted', { cause: reason })
  }
}

/** RFC 9113, section 7, by code. */
const names = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
]

/** `REFUSED_STREAM`, or the number of a code that has no name. */
export function nameOf(code: number): string {
  return names[code] ?? `code ${code}`
}
