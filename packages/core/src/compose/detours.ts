import { isPoolError } from '../errors/is-pool-error.js'

/** What members counted of acquires that went on elsewhere: on the group an acquire counts once, as what became of it. */
export class Detours {
  acquired = 0
  timedOut = 0
  aborted = 0
  rejected = 0

  /** A member failed an acquire, which was not the end of it. */
  add(error: unknown): void {
    if (isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT')) this.timedOut++
    else if (isPoolError(error, 'ERR_POOL_ACQUIRE_ABORTED')) this.aborted++
    else this.rejected++
  }
}
