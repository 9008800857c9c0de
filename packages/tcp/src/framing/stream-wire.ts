import type { Duplex } from 'node:stream'
import { FrameError } from './frame-error.js'
import { FrameReader } from './frame-reader.js'
import type { Framing } from './framing.js'
import type { Wire } from './wire.js'

/** A wire of any framing. */
export class StreamWire<Read, Written> implements Wire<Read, Written> {
  readonly #stream: Duplex
  readonly #framing: Framing<Read, Written>
  readonly #reader: FrameReader

  constructor(stream: Duplex, framing: Framing<Read, Written>) {
    this.#stream = stream
    this.#framing = framing
    this.#reader = FrameReader.of(stream)
  }

  write(message: Written): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#stream.write(this.#framing.encode(message), (error) => {
        if (error) reject(error)
        else resolve()
      })
    })
  }

  read(options: { readonly signal?: AbortSignal } = {}): Promise<Read> {
    return this.#reader.read(this.#framing, { signal: options.signal })
  }

  async request(message: Written, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Read> {
    signal?.throwIfAborted()
    const bytes = this.#framing.encode(message)
    if (!this.#reader.isReading && this.#stream.readableLength > 0) {
      const unread = this.#stream.readableLength
      throw new FrameError(
        'unexpected',
        `${unread} bytes lay unread before the request; read them, or destroy the lease`,
      )
    }
    const answer = this.#reader.read(this.#framing, { signal, isOwed: true })
    this.#stream.write(bytes)
    try {
      return await answer
    } catch (error) {
      this.#destroy(error)
      throw error
    }
  }

  /** Where nobody listens, an error would end the process; who made the request has it anyway. */
  #destroy(error: unknown): void {
    const isHeard = error instanceof Error && this.#stream.listenerCount('error') > 0
    this.#stream.destroy(isHeard ? error : undefined)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Read, void, undefined> {
    for (;;) {
      try {
        yield await this.read()
      } catch (error) {
        if (error instanceof FrameError && error.why === 'ended') return
        throw error
      }
    }
  }
}
