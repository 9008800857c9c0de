import type { Duplex } from 'node:stream'
import { InvalidOptionError } from '@millpond/core'
import { refuseUnknown } from '../refuse-unknown.js'
import { FrameError } from './frame-error.js'
import type { Framing } from './framing.js'
import type { HeldBytes } from './held-bytes.js'
import { readMaxLength } from './read-max-length.js'
import { StreamWire } from './stream-wire.js'
import type { Wire } from './wire.js'

export interface LengthPrefixedOptions {
  /** Bytes of the prefix, an unsigned number that counts the bytes after it. Default 4. */
  readonly prefix?: 1 | 2 | 4 | 8
  /** Default 'big': network byte order (RFC 1700). */
  readonly endianness?: 'big' | 'little'
  /** Bytes of a message at most, without its prefix; a longer one is refused with `FrameError`, 'too-long', before any
   * of it is kept. Default 1 048 576. */
  readonly maxLength?: number
}

/**
 * Messages of bytes with their length before them, over a socket, as in Kafka, DNS over TCP (2 bytes, RFC 1035,
 * section 4.2.2) or native messaging. As with `lines`, nothing of it stays on the socket. Texts are sent as UTF-8; what is
 * read is a Buffer, which may share its memory with others that came with it.
 *
 * Throws `InvalidOptionError`.
 *
 * ```ts
 * const answer = await pool.use((socket) => lengthPrefixed(socket, { prefix: 2 }).request(query))
 * ```
 */
export function lengthPrefixed(socket: Duplex, options: LengthPrefixedOptions = {}): Wire<Buffer, Uint8Array | string> {
  return new StreamWire(socket, new LengthFraming(options))
}

class LengthFraming implements Framing<Buffer, Uint8Array | string> {
  readonly #prefix: number
  readonly #isLittle: boolean
  readonly #maxLength: number

  constructor(options: LengthPrefixedOptions) {
    refuseUnknown('', options, ['prefix', 'endianness', 'maxLength'])
    const { prefix = 4, endianness = 'big', maxLength = 1_048_576 } = options
    if (![1, 2, 4, 8].includes(prefix)) throw new InvalidOptionError('prefix', prefix, '1, 2, 4 or 8 bytes')
    if (endianness !== 'big' && endianness !== 'little') {
      throw new InvalidOptionError('endianness', endianness, "'big' or 'little'")
    }
    this.#prefix = prefix
    this.#isLittle = endianness === 'little'
    this.#maxLength = readMaxLength(maxLength)
  }

  encode(message: Uint8Array | string): Buffer {
    if (typeof message !== 'string' && !(message instanceof Uint8Array)) {
      throw new FrameError('invalid', `a message is bytes or a string, not ${typeof message}`)
    }
    const body = typeof message === 'string' ? Buffer.from(message) : message
    this.#limit(BigInt(body.length))
    const most = 2n ** BigInt(8 * this.#prefix) - 1n
    if (BigInt(body.length) > most) {
      throw new FrameError(
        'too-long',
        `a message has ${body.length} bytes; a prefix of ${this.#prefix} can say ${most}`,
      )
    }
    const length = Buffer.alloc(8)
    if (this.#isLittle) length.writeBigUInt64LE(BigInt(body.length))
    else length.writeBigUInt64BE(BigInt(body.length))
    const prefix = this.#isLittle ? length.subarray(0, this.#prefix) : length.subarray(8 - this.#prefix)
    return Buffer.concat([prefix, body])
  }

  decode(held: HeldBytes): Buffer | undefined {
    const prefix = held.peek(this.#prefix)
    if (prefix === undefined) return undefined
    const length = this.#read(prefix)
    this.#limit(length)
    const whole = this.#prefix + Number(length)
    return held.length < whole ? undefined : held.take(whole).subarray(this.#prefix)
  }

  #read(prefix: Buffer): bigint {
    const bytes = Buffer.alloc(8)
    prefix.copy(bytes, this.#isLittle ? 0 : 8 - prefix.length)
    return this.#isLittle ? bytes.readBigUInt64LE() : bytes.readBigUInt64BE()
  }

  #limit(length: bigint): void {
    if (length <= BigInt(this.#maxLength)) return
    throw new FrameError('too-long', `a message has ${length} bytes; maxLength is ${this.#maxLength}`)
  }
}
