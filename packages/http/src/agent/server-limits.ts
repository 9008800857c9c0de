import type { KeepAliveHint } from './keep-alive-hint.js'

const NEVER = Number.POSITIVE_INFINITY

/** What a server has announced for one connection, over its requests. */
export class ServerLimits {
  #uses = 0
  /** Requests after which it is not used again: the server's limit, less one. */
  #maxUses = NEVER

  /** Counts a request, and says for how many ms the connection may rest after it: the time that the server has announced,
   * less the margin. `Infinity` where it does not say; 0 when there is no time or no request left. */
  restAfter(hint: KeepAliveHint | undefined, margin: number): number {
    this.#uses++
    if (hint === undefined) return NEVER
    const { timeout, max } = hint
    if (max !== NEVER) {
      // Some count down, some say the total each time: of the first, this is one less than they would take.
      if (this.#maxUses === NEVER) this.#maxUses = max + this.#uses - 2
      if (max <= 1) return 0
    }
    if (this.#uses >= this.#maxUses) return 0
    return Math.max(0, timeout - margin)
  }
}
