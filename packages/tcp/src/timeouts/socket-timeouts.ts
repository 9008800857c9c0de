import type net from 'node:net'
import type { Clock } from '@millpond/core'
import { observeActivity } from './observe-activity.js'
import { ReadTimeout } from './read-timeout.js'
import type { ResolvedTimeouts } from './timeout-options.js'
import { WriteTimeout } from './write-timeout.js'

/** The read and write timeouts of one socket. Nothing is armed while it is idle, nor while it is leased and owes nothing. */
export class SocketTimeouts {
  readonly #socket: net.Socket
  readonly #read: ReadTimeout | undefined
  readonly #write: WriteTimeout | undefined
  #isLeased = false
  #unobserve: (() => void) | undefined

  constructor(socket: net.Socket, address: string, { read, write }: ResolvedTimeouts, clock: Clock) {
    this.#socket = socket
    if (read !== Number.POSITIVE_INFINITY) this.#read = new ReadTimeout(socket, address, read, clock)
    if (write !== Number.POSITIVE_INFINITY) this.#write = new WriteTimeout(socket, address, write, clock)
  }

  /** A socket that was just opened counts as leased. */
  start(): void {
    this.#isLeased = true
    this.#unobserve ??= observeActivity(this.#socket, {
      written: () => {
        if (!this.#isLeased) return
        this.#read?.expect()
        this.#write?.written()
      },
      taken: () => this.#read?.taken(),
      received: () => this.#read?.received(),
    })
    bySocket.set(this.#socket, this)
  }

  lend(): void {
    this.#isLeased = this.#unobserve !== undefined
  }

  park(): void {
    this.#isLeased = false
    this.#read?.stop()
    this.#write?.stop()
  }

  stop(): void {
    this.park()
    bySocket.delete(this.#socket)
    this.#unobserve?.()
    this.#unobserve = undefined
  }

  /** The borrower knows that more has to come. */
  awaitAnswer(): void {
    if (this.#isLeased) this.#read?.expect()
  }
}

const bySocket = new WeakMap<object, SocketTimeouts>()

/**
 * Says that the peer owes (more of) an answer, which the bytes alone do not tell: of an answer that stalls in its
 * midst, something has come. Without effect on what has no read timeout.
 */
export function awaitAnswer(socket: object): void {
  bySocket.get(socket)?.awaitAnswer()
}
