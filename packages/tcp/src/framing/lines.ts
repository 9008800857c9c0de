import type { Duplex } from 'node:stream'
import { InvalidOptionError } from '@millpond/core'
import { refuseUnknown } from '../refuse-unknown.js'
import { FrameError } from './frame-error.js'
import type { Framing } from './framing.js'
import type { HeldBytes } from './held-bytes.js'
import { readMaxLength } from './read-max-length.js'
import { StreamWire } from './stream-wire.js'
import type { Wire } from './wire.js'

export interface LinesOptions {
  /** Bytes of a line at most, without its end; a longer one is refused with `FrameError`, 'too-long', as soon as so much
   * of it has come. Default 65 536. (Redis' limit of inline requests; SMTP's is 998, RFC 5321, section 4.5.3) */
  readonly maxLength?: number
  /** What is written after each line. Read, a line ends with LF, and a CR before it is no part of the line. Default
   * '\n'; '\r\n' for memcached, Redis, SMTP and the like. */
  readonly terminator?: '\n' | '\r\n'
  /** Of the texts. Default 'utf8'. */
  readonly encoding?: 'utf8' | 'latin1' | 'ascii'
}

const LF = 0x0a
const CR = 0x0d

/**
 * Lines over a socket, for the time of a lease or longer: nothing of it stays on the socket, and what was not read stays
 * in it. What is written may bear its line end or not; one in its midst is refused, since it would be another command.
 *
 * Throws `InvalidOptionError`.
 *
 * ```ts
 * const version = await pool.use((socket) => lines(socket, { terminator: '\r\n' }).request('version'))
 * ```
 */
export function lines(socket: Duplex, options: LinesOptions = {}): Wire<string> {
  return new StreamWire(socket, new LineFraming(options))
}

class LineFraming implements Framing<string> {
  readonly #maxLength: number
  readonly #terminator: string
  readonly #encoding: 'utf8' | 'latin1' | 'ascii'

  constructor(options: LinesOptions) {
    refuseUnknown('', options, ['maxLength', 'terminator', 'encoding'])
    const { maxLength = 65_536, terminator = '\n', encoding = 'utf8' } = options
    this.#maxLength = readMaxLength(maxLength)
    if (terminator !== '\n' && terminator !== '\r\n') {
      throw new InvalidOptionError('terminator', terminator, "'\\n' or '\\r\\n'")
    }
    if (!['utf8', 'latin1', 'ascii'].includes(encoding)) {
      throw new InvalidOptionError('encoding', encoding, "'utf8', 'latin1' or 'ascii'")
    }
    this.#terminator = terminator
    this.#encoding = encoding
  }

  encode(message: string): Buffer {
    if (typeof message !== 'string') throw new FrameError('invalid', `a line is a string, not ${typeof message}`)
    const line = message.replace(/\r?\n$/, '')
    // A bare CR too: there are servers that take it for an end, and what comes after it for a command.
    if (/[\r\n]/.test(line)) throw new FrameError('invalid', 'a line has a line end in its midst: it would be two')
    const bytes = Buffer.from(line + this.#terminator, this.#encoding)
    this.#limit(bytes.length - this.#terminator.length)
    return bytes
  }

  decode(held: HeldBytes): string | undefined {
    const end = held.indexOf(LF)
    if (end === -1) {
      // The last one may be the CR of its end.
      this.#limit(held.length - 1)
      return undefined
    }
    const hasReturn = end > 0 && held.peek(end)?.[end - 1] === CR
    const length = hasReturn ? end - 1 : end
    this.#limit(length)
    return held.take(end + 1).toString(this.#encoding, 0, length)
  }

  #limit(length: number): void {
    if (length <= this.#maxLength) return
    throw new FrameError('too-long', `a line has ${length} bytes or more; maxLength is ${this.#maxLength}`)
  }
}
