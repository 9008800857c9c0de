/** Messages over a stream, instead of bytes. It holds nothing: make one whenever you need one, on the same socket. */
export interface Wire<Read, Written = Read> extends AsyncIterable<Read> {
  /**
   * Sends a message; resolves once the kernel has taken it, which is how a slow peer slows down who waits for it.
   * Rejects with `FrameError` for what is no frame, before anything is sent, and with the socket's error.
   */
  write(message: Written): Promise<void>
  /**
   * Resolves with the next message. Calls wait in line, and each gets the next. Rejects with `FrameError`, with the
   * socket's error, or with the signal's reason: then nothing is lost, and the message is the next reader's.
   */
  read(options?: { readonly signal?: AbortSignal }): Promise<Read>
  /**
   * Sends a message and resolves with the next that nobody reads yet; may be called again before that, where the
   * protocol can pipeline. Rejects as `write` and `read`. When it has been sent and its answer is not taken, the socket
   * is destroyed, for the answer would be taken for the next one's. Nothing is sent when bytes lie unread before it.
   */
  request(message: Written, options?: { readonly signal?: AbortSignal }): Promise<Read>
}
