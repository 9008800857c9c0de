import type net from 'node:net'
import type { Clock } from '@millpond/core'
import { TcpWriteTimeoutError } from '../tcp-errors.js'
import { LazyTimer } from './lazy-timer.js'
import { queuedBytes } from './queued-bytes.js'

/** Looks at a write in progress so often within the timeout: how exactly a stall in the midst of it is dated. */
const LOOKS = 4

/**
 * Destroys a socket of whose written bytes the kernel takes none, because the peer does not read and both buffers are
 * full, or because nothing is acknowledged any more.
 */
export class WriteTimeout {
  readonly #socket: net.Socket
  readonly #address: string
  readonly #ms: number
  readonly #clock: Clock
  readonly #timer: LazyTimer
  #queued = 0
  /** When the kernel took something last. */
  #since = 0

  constructor(socket: net.Socket, address: string, ms: number, clock: Clock) {
    this.#socket = socket
    this.#address = address
    this.#ms = ms
    this.#clock = clock
    this.#timer = new LazyTimer(clock, () => this.#look())
  }

  written(): void {
    if (this.#socket.writableLength === 0) return
    this.#queued = queuedBytes(this.#socket)
    // Node hands the kernel one write at a time, so the one before this has been taken.
    this.#since = this.#clock.now()
    this.#timer.arm(this.#ms / LOOKS)
  }

  stop(): void {
    this.#timer.disarm()
  }

  #look(): number | undefined {
    if (this.#socket.writableLength === 0 || this.#socket.destroyed) return undefined
    const now = this.#clock.now()
    const queued = queuedBytes(this.#socket)
    if (queued !== this.#queued) this.#since = now
    this.#queued = queued
    const left = this.#since + this.#ms - now
    if (left > 0) return Math.min(left, this.#ms / LOOKS)
    this.#socket.destroy(new TcpWriteTimeoutError(this.#address, this.#ms, this.#socket.writableLength))
    return undefined
  }
}
