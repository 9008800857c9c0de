import type { Duplex } from 'node:stream'
import { awaitAnswer } from '../timeouts/socket-timeouts.js'
import { FrameError } from './frame-error.js'
import type { Framing } from './framing.js'
import { HeldBytes } from './held-bytes.js'

interface PendingRead {
  /** Settles it and gives true when the bytes hold its frame. Throws `FrameError`. */
  serve(held: HeldBytes): boolean
  fail(error: unknown): void
  /** The peer was asked for it. */
  readonly isOwed: boolean
}

export interface FrameReadOptions {
  readonly signal?: AbortSignal | undefined
  readonly isOwed?: boolean
}

/**
 * Reads frames off a stream, one for each read, in order. It listens only while somebody reads, and bytes beyond what was
 * read go back into the stream: there the pool sees that an answer was left unread, and there the next one to read finds
 * them.
 */
export class FrameReader {
  readonly #stream: Duplex
  readonly #queue: PendingRead[] = []
  readonly #held = new HeldBytes()
  #isServing = false
  #isListening = false

  /** The one of this stream: whoever reads it, with whatever framing, has a place in one queue. */
  static of(stream: Duplex): FrameReader {
    const known = readers.get(stream)
    if (known !== undefined) return known
    const reader = new FrameReader(stream)
    readers.set(stream, reader)
    return reader
  }

  private constructor(stream: Duplex) {
    this.#stream = stream
  }

  get isReading(): boolean {
    return this.#queue.length > 0
  }

  read<M>(framing: Framing<M, never>, { signal, isOwed = false }: FrameReadOptions = {}): Promise<M> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const settle = () => signal?.removeEventListener('abort', onAbort)
      const pending: PendingRead = {
        isOwed,
        serve: (held) => {
          const frame = framing.decode(held)
          if (frame === undefined) return false
          settle()
          resolve(frame)
          return true
        },
        fail: (error) => {
          settle()
          reject(error)
        },
      }
      const onAbort = () => {
        this.#queue.splice(this.#queue.indexOf(pending), 1)
        pending.fail(signal?.reason)
        // What was not enough for it may be enough for the next.
        this.#serve()
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#queue.push(pending)
      if (this.#queue.length === 1) this.#begin()
    })
  }

  #begin(): void {
    if (this.#stream.readableEncoding !== null) {
      this.#failAll(new FrameError('invalid', 'frames are read from bytes, and setEncoding() has been called'))
      return
    }
    if (!this.#stream.readable) {
      this.#failAll(this.#stream.errored ?? this.#endedBy(this.#stream.readableEnded ? 'ended' : 'closed'))
      return
    }
    // What lies there already costs no listener.
    this.#serve()
    if (this.#queue.length > 0) this.#listen()
  }

  #listen(): void {
    if (this.#isListening) return
    this.#isListening = true
    this.#stream
      .on('readable', this.#serve)
      .on('end', this.#onEnd)
      .on('error', this.#onError)
      .on('close', this.#onClose)
  }

  #unlisten(): void {
    if (!this.#isListening) return
    this.#isListening = false
    this.#stream
      .off('readable', this.#serve)
      .off('end', this.#onEnd)
      .off('error', this.#onError)
      .off('close', this.#onClose)
  }

  readonly #serve = () => {
    // A listener of the stream's may have an abort come while bytes are taken.
    if (this.#isServing) return
    this.#isServing = true
    try {
      while (this.#queue.length > 0) {
        if (this.#queue[0]?.serve(this.#held)) this.#queue.shift()
        else if (!this.#take()) break
      }
    } catch (error) {
      // Those behind it would find the same bytes.
      this.#failAll(error)
    }
    this.#isServing = false
    if (this.#queue.length === 0) this.#rest()
  }

  /** False when nothing has come. */
  #take(): boolean {
    const chunk: Buffer | null = this.#stream.read()
    if (chunk !== null) this.#held.push(chunk)
    else if (this.#hasPart) awaitAnswer(this.#stream)
    return chunk !== null
  }

  /** Of what the peer was asked for, or has begun to send, more has to come. */
  get #hasPart(): boolean {
    return this.#held.length > 0 || this.#queue[0]?.isOwed === true
  }

  readonly #onEnd = () => this.#fail(this.#endedBy('ended'))

  readonly #onClose = () => this.#fail(this.#endedBy('closed'))

  readonly #onError = (error: Error) => this.#fail(error)

  #endedBy(how: 'ended' | 'closed'): FrameError {
    const { length } = this.#held
    if (how === 'closed') return new FrameError('closed', 'the connection was destroyed before the frame was complete')
    if (length === 0) return new FrameError('ended', 'the peer ended the connection; no frame has begun')
    return new FrameError('truncated', `the peer ended the connection after ${length} bytes of a frame`)
  }

  #fail(error: unknown): void {
    this.#failAll(error)
    this.#rest()
  }

  #failAll(error: unknown): void {
    for (const pending of this.#queue.splice(0)) pending.fail(error)
  }

  /** Nobody reads any more. */
  #rest(): void {
    this.#unlisten()
    if (this.#held.length > 0 && this.#stream.readable) this.#stream.unshift(this.#held.takeAll())
    this.#held.clear()
  }
}

const readers = new WeakMap<Duplex, FrameReader>()
