import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

/** An answer, by whichever protocol it came. */
export interface Http2Response {
  readonly status: number
  /** By lower-case name, as Node's `IncomingMessage` has them. */
  readonly headers: IncomingHttpHeaders
  /** Read it to its end, or destroy it: until then its stream counts on the session. One that is broken off ends with an
   * error, never as if it were complete. `text(body)` and `json(body)` of node:stream/consumers read it. */
  readonly body: Readable
  /** What came after the body; empty before its end. */
  readonly trailers: IncomingHttpHeaders
  readonly httpVersion: '1.1' | '2.0'
  /** Whether others had used its connection before. */
  readonly reused: boolean
}

/** An answer by HTTP/2, as far as it has come. */
export class Http2Answer implements Http2Response {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  trailers: IncomingHttpHeaders = {}
  readonly httpVersion = '2.0'
  readonly reused: boolean

  /** `headers` are the answer's own: what they say of the protocol is taken out. */
  constructor(headers: IncomingHttpHeaders & { ':status'?: number }, body: Readable, reused: boolean) {
    this.status = headers[':status'] ?? 0
    delete headers[':status']
    this.headers = headers
    this.body = body
    this.reused = reused
  }
}
