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
