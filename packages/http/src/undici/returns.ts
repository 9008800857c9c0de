import type { Clock } from '@millpond/core'
import type { Exchange } from './exchange.js'
import type { Traffic } from './traffic.js'

/** Whom returns are for. */
export interface ReturnsOwner {
  /** The request was over at about then. */
  giveBack(exchange: Exchange, since: number): void
  /** All are given back. */
  turnEnded(): void
}

/**
 * The requests that are over, until their connections are given back. Whether a connection can be kept is known when
 * undici is done with it, which is not yet when it tells that a request is over. So they are given back at the next call
 * of `dispatch`, or else once in a turn of the event loop, all together.
 */
export class Returns {
  readonly #clock: Clock
  readonly #traffic: Traffic
  readonly #owner: ReturnsOwner
  readonly #over: Exchange[] = []
  #isSettling = false
  #isDue = false
  /** When the first of this turn was over, for all of them: reading the clock costs more than the rest of it. */
  #since = 0

  constructor(clock: Clock, traffic: Traffic, owner: ReturnsOwner) {
    this.#clock = clock
    this.#traffic = traffic
    this.#owner = owner
  }

  add(exchange: Exchange): void {
    this.#over.push(exchange)
    this.#arm()
  }

  settle(): void {
    const over = this.#over
    if (over.length === 0 || this.#isSettling) return
    this.#isSettling = true
    let at = 0
    try {
      // What is given back may be lent, used and done with at once.
      while (at < over.length) {
        const exchange = over[at++] as Exchange
        this.#traffic.leave(exchange.target)
        this.#owner.giveBack(exchange, this.#since)
      }
    } finally {
      this.#isSettling = false
      forget(over, at)
    }
  }

  #arm(): void {
    if (this.#isDue) return
    this.#isDue = true
    this.#since = this.#clock.now()
    setImmediate(this.#onTurn)
  }

  /** A handler that throws does so to nobody, as with undici; the others have their turn all the same. */
  readonly #onTurn = () => {
    this.#isDue = false
    try {
      this.settle()
    } finally {
      if (this.#over.length > 0) this.#arm()
      this.#owner.turnEnded()
      this.#traffic.tell()
    }
  }
}

function forget(list: unknown[], count: number): void {
  if (count === list.length) list.length = 0
  else list.splice(0, count)
}
