import type { Clock } from '@millpond/core'
import type { Exchange } from './exchange.js'
import type { Traffic } from './traffic.js'

/**
 * The requests that are over, until their connections are given back. Whether a connection can be kept is known when
 * undici is done with it, which is not yet when it tells that a request is over. So they are given back at the next call
 * of `dispatch`, or else once in a turn of the event loop, all together.
 */
export class Returns {
  readonly #clock: Clock
  readonly #traffic: Traffic
  readonly #giveBack: (exchange: Exchange, since: number) => void
  readonly #over: Exchange[] = []
  #isSettling = false
  #isDue = false
  /** When the first of this turn was over, for all of them: reading the clock costs more than the rest of it. */
  #since = 0

  constructor(clock: Clock, traffic: Traffic, giveBack: (exchange: Exchange, since: number) => void) {
    this.#clock = clock
    this.#traffic = traffic
    this.#giveBack = giveBack
  }

  add(exchange: Exchange): void {
    this.#over.push(exchange)
    if (this.#isDue) return
    this.#isDue = true
    this.#since = this.#clock.now()
    setImmediate(this.#onTurn)
  }

  settle(): void {
    const over = this.#over
    if (over.length === 0 || this.#isSettling) return
    this.#isSettling = true
    // What is given back may be lent, used and done with at once.
    for (let at = 0; at < over.length; at++) this.#giveBack(over[at] as Exchange, this.#since)
    for (let at = 0; at < over.length; at++) this.#traffic.leave((over[at] as Exchange).target)
    over.length = 0
    this.#isSettling = false
    this.#traffic.tell()
  }

  readonly #onTurn = () => {
    this.#isDue = false
    this.settle()
  }
}
