/** Virtual time was to run until no timer is left, or to pass a moment, and timers are set without end. */
export class NeverIdleError extends Error {
  override readonly name = 'NeverIdleError'
  readonly code = 'ERR_VIRTUAL_CLOCK_NEVER_IDLE' as const
  /** Timers that have fired. */
  readonly fired: number
  /** ms of virtual time at which it was given up. */
  readonly now: number
  /** Timers still set. */
  readonly pending: number

  constructor(fired: number, now: number, pending: number, advice: string) {
    super(`After ${fired} timers, at ${now} ms, ${pending} more are set. ${advice}`)
    this.fired = fired
    this.now = now
    this.pending = pending
  }
}
