import type { InboundConnection } from './inbound-connection.js'

/**
 * Holds idle connections that shall end until the event loop has once looked for what arrived on them. A timer that
 * fires late, or a close that was called in the middle of a turn, finds requests that lie in the kernel unread; the turn
 * that follows reads them, and a connection that one of them woke does not end.
 */
export class Sieve {
  readonly #conclude: (connection: InboundConnection) => void
  #waiting: InboundConnection[] = []

  constructor(conclude: (connection: InboundConnection) => void) {
    this.#conclude = conclude
  }

  add(connection: InboundConnection): void {
    if (this.#waiting.push(connection) === 1) setImmediate(this.#onTurn)
  }

  readonly #onTurn = () => {
    const { length } = this.#waiting
    const sifted = this.#waiting
    this.#waiting = []
    if (length > 0) setImmediate(this.#onRead, sifted)
  }

  /** Between two immediates lies a whole poll for what has arrived. */
  readonly #onRead = (sifted: InboundConnection[]) => {
    for (const connection of sifted) this.#conclude(connection)
  }
}
