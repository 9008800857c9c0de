import type net from 'node:net'
import { lostByError, TcpLostError } from './tcp-errors.js'
import type { SocketTimeouts } from './timeouts/socket-timeouts.js'

/**
 * Watches one open socket and reports its loss, once.
 *
 * Leased, the borrower owns the stream: nothing here reads, pauses or resumes it. Parked, a `readable` listener stops
 * the flow, so that bytes nobody asked for stay in the buffer, where they are seen: neither a borrower that left the
 * socket flowing nor one that left a `data` listener behind swallows them. When the socket is lent again, the
 * listener goes and Node restores what it found: flowing where a `data` listener is attached, else not started.
 */
export class SocketWatch {
  readonly #socket: net.Socket
  readonly #address: string
  readonly #timeouts: SocketTimeouts | undefined
  #lost: ((error: Error) => void) | undefined
  #parked = false

  constructor(socket: net.Socket, address: string, timeouts?: SocketTimeouts) {
    this.#socket = socket
    this.#address = address
    this.#timeouts = timeouts
  }

  /** Calls `lost` at most once, at once when the socket has ended already; returns how to stop. */
  start(lost: (error: Error) => void): () => void {
    this.#lost = lost
    this.#socket.on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose)
    this.#timeouts?.start()
    if (this.#socket.readableEnded) this.#onEnd()
    else if (this.#socket.destroyed) this.#onClose()
    return () => this.#stop()
  }

  /** The socket is idle: it does not hold the process, and whatever arrives is one byte too many. */
  park(): void {
    if (this.#parked || this.#socket.destroyed) return
    this.#parked = true
    this.#timeouts?.park()
    this.#socket.unref()
    this.#socket.on('readable', this.#onReadable)
  }

  /** The socket is the borrower's. */
  lend(): void {
    if (!this.#unpark() || this.#socket.destroyed) return
    this.#timeouts?.lend()
    this.#socket.ref()
  }

  #unpark(): boolean {
    if (!this.#parked) return false
    this.#parked = false
    this.#socket.off('readable', this.#onReadable)
    return true
  }

  #stop(): void {
    this.#lost = undefined
    this.#timeouts?.stop()
    this.#unpark()
    this.#socket.off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose)
  }

  #report(error: Error): void {
    const lost = this.#lost
    this.#lost = undefined
    this.#timeouts?.park()
    lost?.(error)
  }

  readonly #onEnd = () => this.#report(new TcpLostError(this.#address, 'fin'))

  readonly #onError = (error: Error) => this.#report(lostByError(this.#address, error))

  readonly #onClose = () => this.#report(new TcpLostError(this.#address, 'local'))

  readonly #onReadable = () => {
    // Without bytes it announces the end, and 'end' follows.
    if (this.#socket.readableLength > 0) this.#report(new TcpLostError(this.#address, 'unexpected-data'))
  }
}
