/**
 * Why a frame could not be read or written.
 *
 * - `too-long`: it has more than `maxLength` bytes
 * - `truncated`: the peer ended the connection in its midst
 * - `ended`: the peer ended the connection before it began
 * - `closed`: the connection was destroyed on this side, or was so already
 * - `invalid`: what should be sent is no frame, or the stream has been told to decode texts
 * - `unexpected`: bytes lay unread before a request, so they would have been taken for its answer
 */
export type FrameFault = 'too-long' | 'truncated' | 'ended' | 'closed' | 'invalid' | 'unexpected'

/** A frame could not be read or written. Errors of the socket are passed on as they are. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
  readonly code = 'ERR_TCP_FRAME'
  readonly why: FrameFault

  constructor(why: FrameFault, message: string) {
    super(message)
    this.why = why
  }
}
