import { type Clock, createPool, type Pool, type PoolOptions } from '@millpond/core'
import type { Database } from './database.js'
import { sessionsOf } from './database-adapter.js'
import { exponential, type Random } from './random.js'
import type { Session } from './session.js'

/** What became of a request. Moments and durations are ms. */
export interface Outcome {
  /** Which process was asked. */
  readonly process: number
  readonly askedAt: number
  readonly took: number
  readonly isServed: boolean
}

export interface ServiceOptions {
  readonly process: number
  readonly clock: Clock
  readonly database: Database
  readonly pool: PoolOptions<Session>
  /** ms from one request to the next, on average. */
  readonly every: number
  /** ms that a query takes, on average. */
  readonly work: number
  /** When requests cease to come. */
  readonly until: number
  readonly random: Random
  readonly tell: (outcome: Outcome) => void
}

/** One process of the fleet: a pool of its own, and requests that come to it. */
export class Service {
  readonly #options: ServiceOptions
  readonly #pool: Pool<Session>

  constructor(options: ServiceOptions) {
    const { database, pool, clock, random } = options
    this.#options = options
    this.#pool = createPool(sessionsOf(database), { ...pool, clock, random })
    this.#next()
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  #next(): void {
    const { clock, every, until, random } = this.#options
    const wait = exponential(every, random)
    if (clock.now() + wait > until) return
    clock.setTimeout(() => {
      this.#next()
      void this.#serve()
    }, wait)
  }

  async #serve(): Promise<void> {
    const { process, clock, work, random, tell } = this.#options
    const askedAt = clock.now()
    const ms = exponential(work, random)
    const isServed = await this.#pool
      .use((session) => session.query(ms))
      .then(
        () => true,
        () => false,
      )
    tell({ process, askedAt, took: clock.now() - askedAt, isServed })
  }
}
