import type { Clock } from '@millpond/core'
import type { Exchange } from './exchange.js'
import type { Traffic } from './traffic.js'

/** Whom returns are for. */
export interface ReturnsOwner {
  /** The request was over at about then. */
  giveBack(exchange: Exchange, since: number): void
  /** Begins a request that was put off. */
  begin(exchange: Exchange): void
  /** All are given back. */
  turnEnded(): void
}

/** From so many requests under way on, they begin together. */
const CROWD = 8

/**
 * The requests that are over, until their connections are given back. Whether a connection can be kept is known when
 * undici is done with it, which is not yet when it tells that a request is over. So they are given back at the next call
 * of `dispatch`, or else once in a turn of the event loop, all together.
 *
 * Many requests at once that take the place of others in this turn begin at its end. undici writes them a turn later
 * then, while the server is busy with those before; else all of them would be sent, and answered, in one gust, and client
 * and server would take turns in waiting for one another.
 */
export class Returns {
  readonly #clock: Clock
  readonly #traffic: Traffic
  readonly #owner: ReturnsOwner
  readonly #over: Exchange[] = []
  readonly #putOff: Exchange[] = []
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

  /** Begins a request that has its connection: now, or at the end of the turn. */
  begin(exchange: Exchange): void {
    if (this.#isDue && this.#traffic.active >= CROWD) this.#putOff.push(exchange)
    else this.#owner.begin(exchange)
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
      this.#beginPutOff()
    } finally {
      if (this.#over.length > 0 || this.#putOff.length > 0) this.#arm()
      this.#owner.turnEnded()
      this.#traffic.tell()
    }
  }

  #beginPutOff(): void {
    const { length } = this.#putOff
    let at = 0
    try {
      while (at < length) this.#owner.begin(this.#putOff[at++] as Exchange)
    } finally {
      forget(this.#putOff, at)
    }
  }
}

function forget(list: unknown[], count: number): void {
  if (count === list.length) list.length = 0
  else list.splice(0, count)
}
