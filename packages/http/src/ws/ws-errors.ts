/** The upgrade to WebSocket failed: the cause of the `ConnectError` of an acquire. (A socket that could not be opened is a
 * `TcpConnectError`.) */
export class WsHandshakeError extends Error {
  override readonly name = 'WsHandshakeError'
  readonly code = 'ERR_WS_HANDSHAKE'
  /** Without query and credentials: `wss://example.org:443/path`. */
  readonly url: string
  /** Of the answer that was no 101, such as 401 or 503; undefined where there was none. */
  readonly status: number | undefined

  constructor(url: string, detail: string, status?: number, cause?: Error) {
    super(`${url} did not become a WebSocket: ${detail}`, cause && { cause })
    this.url = url
    this.status = status
  }
}

/**
 * How a connection was lost.
 *
 * - `closed`: the peer said goodbye; `closeCode` and `reason` say how
 * - `cut`: it ended without (close code 1006): reset, or closed below WebSocket
 * - `silent`: a ping was not answered in time: the peer is frozen, or cut off
 * - `error`: the peer sent what is no WebSocket, or more than `ws.maxPayload`
 * - `local`: it was ended on this side, by a borrower or by the pool at once
 */
export type WsLostReason = 'closed' | 'cut' | 'silent' | 'error' | 'local'

/** An open connection is gone. `cause` is the error of `ws` where there was one. */
export class WsLostError extends Error {
  override readonly name = 'WsLostError'
  readonly code = 'ERR_WS_LOST'
  readonly why: WsLostReason
  readonly url: string
  /** RFC 6455, section 7.4; undefined where no goodbye was heard. */
  readonly closeCode: number | undefined
  /** What the peer said with it; empty where it said nothing. */
  readonly reason: string

  constructor(url: string, why: WsLostReason, { closeCode, reason = '', cause }: WsEnd = {}) {
    super(`the WebSocket to ${url} ${describe(why, closeCode, reason, cause)}`, cause && { cause })
    this.why = why
    this.url = url
    this.closeCode = closeCode
    this.reason = reason
  }
}

/** What is known of an end. */
export interface WsEnd {
  readonly closeCode?: number | undefined
  readonly reason?: string | undefined
  readonly cause?: Error | undefined
}

/** What a borrower has left behind, for which its connection is closed instead of kept. */
export class WsNotCleanError extends Error {
  override readonly name = 'WsNotCleanError'
  readonly code = 'ERR_WS_NOT_CLEAN'

  constructor(url: string, left: string) {
    super(`the WebSocket to ${url} is not lent again: ${left}`)
  }
}

function describe(why: WsLostReason, code: number | undefined, reason: string, cause: Error | undefined): string {
  if (why === 'closed') return `was closed by the peer with ${code}${reason === '' ? '' : ` (${reason})`}`
  if (why === 'silent') return 'was given up: no answer to a ping'
  if (why === 'local') return 'was ended on this side'
  const detail = cause === undefined ? '' : `: ${cause.message}`
  return why === 'cut' ? `was cut off${detail}` : `failed${detail}`
}
