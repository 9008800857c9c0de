import type net from 'node:net'
import type { Clock } from '@millpond/core'
import { TcpReadTimeoutError } from '../tcp-errors.js'
import { LazyTimer } from './lazy-timer.js'
import { queuedBytes } from './queued-bytes.js'

/**
 * Destroys a socket whose peer is silent while an answer is awaited: something was written after the last byte that
 * came. The time begins with the last write, as for a blocking `read` under SO_RCVTIMEO, and while the kernel still takes
 * bytes of the question nobody owes an answer.
 */
export class ReadTimeout {
  readonly #socket: net.Socket
  readonly #address: string
  readonly #ms: number
  readonly #clock: Clock
  readonly #timer: LazyTimer
  #isAwaited = false
  #since = 0
  #queued = 0

  constructor(socket: net.Socket, address: string, ms: number, clock: Clock) {
    this.#socket = socket
    this.#address = address
    this.#ms = ms
    this.#clock = clock
    this.#timer = new LazyTimer(clock, () => this.#look())
  }

  /** An answer is due from now on: something was written, or the borrower knows that more has to come. */
  expect(): void {
    this.#isAwaited = true
    this.#since = this.#clock.now()
    this.#queued = queuedBytes(this.#socket)
    this.#timer.arm(this.#ms)
  }

  /** The question is with the kernel. */
  taken(): void {
    if (this.#isAwaited) this.#since = this.#clock.now()
  }

  received(): void {
    this.#isAwaited = false
  }

  stop(): void {
    this.#isAwaited = false
    this.#timer.disarm()
  }

  #look(): number | undefined {
    if (!this.#isAwaited || this.#socket.destroyed) return undefined
    const now = this.#clock.now()
    const queued = queuedBytes(this.#socket)
    if (this.#socket.writableLength > 0 && queued !== this.#queued) this.#since = now
    this.#queued = queued
    const left = this.#since + this.#ms - now
    if (left > 0) return left
    this.#socket.destroy(new TcpReadTimeoutError(this.#address, this.#ms))
    return undefined
  }
}
