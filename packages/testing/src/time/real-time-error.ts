/** Code that runs in virtual time has asked for real time: it set a timer of the process, which virtual time cannot make
 * due. Its stack is that of the call that set it, where known. */
export class RealTimeError extends Error {
  override readonly name = 'RealTimeError'
  readonly code = 'ERR_VIRTUAL_CLOCK_REAL_TIME' as const
  /** What was called: `setTimeout`, `setInterval` or `AbortSignal.timeout`; undefined where it is not known. */
  readonly asked: string | undefined

  constructor(asked: string | undefined, stack?: string) {
    super(
      `${asked ?? 'A timer of the process'} was ${asked === undefined ? 'set' : 'called'} by code that runs in virtual ` +
        'time, and is pending: virtual time cannot make it due. Take time from the clock that the pool is given ' +
        "(its option clock), or allow it with virtualClock(start, { realTimers: 'allow' })",
    )
    this.asked = asked
    if (stack !== undefined) this.stack = `${this.name}: ${this.message}\n${stack}`
  }
}
