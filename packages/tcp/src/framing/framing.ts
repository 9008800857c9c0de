import type { HeldBytes } from './held-bytes.js'

/** How messages are marked off from one another in a stream of bytes. */
export interface Framing<Read, Written = Read> {
  /** Throws `FrameError` for what cannot be a frame. */
  encode(message: Written): Buffer
  /** Takes the first frame off the bytes, or nothing and gives undefined while it is not complete. Throws `FrameError`. */
  decode(held: HeldBytes): Read | undefined
}
