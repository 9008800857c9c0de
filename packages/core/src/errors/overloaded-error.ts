import { PoolError } from './pool-error.js'

/** The acquire was refused because the pool has more to do than it can: by `acquire.adaptive` (CoDel), by a policy, or
 * because a keyed pool has `maxKeys` keys in use. Its `cause` is what the policy gave. */
export class OverloadedError extends PoolError {
  override readonly name = 'OverloadedError'
  readonly code = 'ERR_POOL_OVERLOADED' as const
  /** ms since the acquire. */
  readonly waited: number

  /** `why`: in words, what made the pool refuse. */
  constructor(pool: string, waited: number, why: string, cause?: unknown) {
    super(
      `Pool "${pool}" refused an acquire after ${Math.round(waited)} ms: ${why}. It is asked for more than it can do: send less, retry later with backoff, or raise size.max.`,
      pool,
      cause === undefined ? undefined : { cause },
    )
    this.waited = waited
  }
}
