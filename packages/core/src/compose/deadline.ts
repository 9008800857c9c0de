import { AcquireTimeoutError } from '../errors/acquire-timeout-error.js'
import { isPoolError } from '../errors/is-pool-error.js'

/** One deadline for all that an acquire goes through, from one member to the next (HikariCP's `getConnection`). */
export class Deadline {
  readonly #now: () => number
  readonly #since: number
  readonly #timeout: number

  constructor(now: () => number, timeout: number) {
    this.#now = now
    this.#since = now()
    this.#timeout = timeout
  }

  get hasPassed(): boolean {
    return this.#timeout <= this.#waited
  }

  /** The `timeout` of whatever is asked next. Whoever is asked already may be late to say that time is up: then 1 ms. */
  get left(): number {
    return this.hasPassed ? 1 : this.#timeout - this.#waited
  }

  get #waited(): number {
    return this.#now() - this.#since
  }

  /** A member's timeout speaks of its own part of the wait only; this one of all of it. */
  explain(error: unknown, pool: string, earlier: unknown): unknown {
    if (!isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT')) return error
    return new AcquireTimeoutError(pool, { ...error, waited: this.#waited }, error.cause ?? earlier)
  }
}
