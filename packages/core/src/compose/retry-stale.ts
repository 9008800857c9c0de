import type { AcquireOptions } from '../acquire/acquire-options.js'
import type { Lease } from '../acquire/lease.js'
import type { Pool } from '../pool/pool.js'
import type { PoolEvents } from '../pool/pool-events.js'
import type { Clock } from '../time/clock.js'
import { systemClock } from '../time/system-clock.js'

export interface RetryStaleOptions extends AcquireOptions {
  /** Measures what `timeout` leaves for the second acquire. Default: the process's. */
  readonly clock?: Clock
}

/** `answered` is to be called as soon as anything of an answer has come: from then on nothing is tried again. */
export type StaleFn<R, T> = (resource: R, lease: Lease<R>, answered: () => void) => T | Promise<T>

/**
 * `pool.use`, but for the race that no health check wins: the far end closed an idle connection while the request was on
 * its way. When `fn` rejects on a *reused* connection that turns out to be dead, and had not called `answered`, it runs
 * once more, on a connection opened for that (`fresh`). Dead is: lost or revoked (`lease.signal` aborted), ended by `fn`
 * itself, or ended because the adapter calls the error fatal.
 *
 * A dead connection does not say whether the request was carried out. Use this for what may be done twice, or where
 * nothing received means nothing done (RFC 9112 §9.3.1, RFC 9110 §9.2.2).
 *
 * `timeout` is one deadline for both acquires, counted from the first; the second gets what is left, with nothing left
 * there is none. After `signal` aborts nothing is tried again. Rejects with what `fn` or the acquire rejected with last.
 */
export async function retryStale<R, T>(pool: Pool<R>, fn: StaleFn<R, T>, options: RetryStaleOptions = {}): Promise<T> {
  const { clock = systemClock, ...asked } = options
  const since = clock.now()
  const attempt = new Attempt<R>(pool)
  try {
    return await pool.use((resource, lease) => attempt.run(lease, () => fn(resource, lease, attempt.answered)), asked)
  } catch (error) {
    attempt.end()
    const left = (asked.timeout ?? Number.POSITIVE_INFINITY) - (clock.now() - since)
    if (!attempt.wasStale || asked.signal?.aborted || left <= 0) throw error
    const timeout = asked.timeout === undefined ? {} : { timeout: left }
    return await pool.use((resource, lease) => fn(resource, lease, () => {}), { ...asked, ...timeout, fresh: true })
  }
}

/** Finds out whether a first attempt failed only because its connection was stale. */
class Attempt<R> {
  readonly #pool: Pool<R>
  #lease: Lease<R> | undefined = undefined
  #isAnswered = false
  #isListening = false
  wasStale = false

  constructor(pool: Pool<R>) {
    this.#pool = pool
  }

  readonly answered = (): void => {
    this.#isAnswered = true
  }

  async run<T>(lease: Lease<R>, fn: () => T | Promise<T>): Promise<T> {
    try {
      return await fn()
    } catch (error) {
      if (lease.reused && !this.#isAnswered) this.#examine(lease)
      throw error
    }
  }

  end(): void {
    if (!this.#isListening) return
    this.#pool.off('retire', this.#hear)
    this.#pool.off('disconnect', this.#hear)
  }

  /** Whether the error is fatal only `use` knows, and only its giving back tells. The state of the connection after that
   * would not do: one that was whole may have been closed for its age. */
  #examine(lease: Lease<R>): void {
    this.#lease = lease
    this.wasStale = lease.signal.aborted || lease.connection.state.startsWith('clos')
    if (this.wasStale) return
    this.#isListening = true
    this.#pool.on('retire', this.#hear)
    this.#pool.on('disconnect', this.#hear)
  }

  readonly #hear: PoolEvents<R>['retire'] & PoolEvents<R>['disconnect'] = ({ connection, reason }) => {
    if (connection === this.#lease?.connection && ending.has(reason)) this.wasStale = true
  }
}

/** What `use` does with a connection after a fatal error, and what may come before it. */
const ending: ReadonlySet<string> = new Set(['destroyed', 'lost', 'revoked'])
