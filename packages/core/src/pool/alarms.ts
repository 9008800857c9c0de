import type { Alarm } from '../time/timer-wheel.js'

/** The alarms a pool has one of. */
export interface Alarms {
  /** The longest idle may have been idle for long enough. */
  readonly idle: Alarm
  /** The longest waiting of those with the pool's `acquire.timeout` may be due. */
  readonly patience: Alarm
  /** The backoff after a failed open is over. */
  readonly retry: Alarm
  /** The oldest waiter has waited as long as an open takes. */
  readonly growth: Alarm
}
