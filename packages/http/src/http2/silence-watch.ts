import type { Clock } from '@millpond/core'

/** When a session that is in use is asked whether its peer is still there. */
export interface PingLimits {
  /** ms without a byte from the peer. */
  readonly every: number
  /** ms that it has to answer. */
  readonly timeout: number
}

/** What is watched. */
export interface Pinged {
  /** Grows with whatever arrives. */
  readonly bytesRead: number
  ping(answered: () => void): void
  /** No answer came. */
  silent(): void
}

/**
 * Finds out whether the peer of a session with open streams has fallen silent, which nobody else does: the pool checks
 * idle ones, and the kernel notices a frozen process never. One timer while it watches, none otherwise. (Go's
 * `ReadIdleTimeout`, gRPC's keepalive)
 */
export class SilenceWatch {
  readonly #session: Pinged
  readonly #limits: PingLimits
  readonly #clock: Clock
  #timer: unknown
  #isWatching = false
  #isProbing = false
  #seen = 0
  /** Of the present probe: an answer to an earlier one says nothing any more. */
  #probe = 0
  /** Who wants to know when the present probe is over. */
  #waiting: (() => void)[] = []

  constructor(session: Pinged, limits: PingLimits, clock: Clock) {
    this.#session = session
    this.#limits = limits
    this.#clock = clock
  }

  /** The session is in use. */
  start(): void {
    if (this.#isWatching) return
    this.#isWatching = true
    this.#rest()
  }

  /** The session is idle, or has ended. */
  stop(): void {
    this.#isWatching = false
    this.#disarm()
    this.#tell()
  }

  /** Somebody has waited for an answer in vain: asks at once. Calls back when the peer has answered, or nobody asks any
   * longer: the session is idle, or has ended. */
  suspect(settled: () => void): void {
    if (!this.#isWatching) {
      settled()
      return
    }
    this.#waiting.push(settled)
    if (!this.#isProbing) this.#ask()
  }

  #rest(): void {
    this.#disarm()
    this.#seen = this.#session.bytesRead
    this.#arm(this.#limits.every, () => {
      if (this.#session.bytesRead === this.#seen) this.#ask()
      else this.#rest()
    })
  }

  #ask(): void {
    this.#disarm()
    this.#isProbing = true
    const probe = ++this.#probe
    this.#arm(this.#limits.timeout, () => {
      this.#session.silent()
      this.stop()
    })
    this.#session.ping(() => {
      if (!this.#isProbing || probe !== this.#probe) return
      this.#rest()
      this.#tell()
    })
  }

  #tell(): void {
    for (const settled of this.#waiting.splice(0)) settled()
  }

  #arm(ms: number, fn: () => void): void {
    if (ms === Number.POSITIVE_INFINITY) return
    this.#timer = this.#clock.setTimeout(fn, ms)
    this.#clock.unref?.(this.#timer)
  }

  #disarm(): void {
    this.#isProbing = false
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
