import { PoolError } from './pool-error.js'

/** The acquire's `signal` was aborted before a connection was granted. Its `cause` is `signal.reason`. */
export class AcquireAbortedError extends PoolError {
  override readonly name = 'AbortError'
  readonly code = 'ERR_POOL_ACQUIRE_ABORTED' as const
  /** ms since the acquire. */
  readonly waited: number

  constructor(pool: string, waited: number, reason: unknown) {
    super(`The acquire from pool "${pool}" was aborted by its signal after ${Math.round(waited)} ms.`, pool, {
      cause: reason,
    })
    this.waited = waited
  }
}
