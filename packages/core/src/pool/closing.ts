import type { Alarm } from '../time/timer-wheel.js'

/** A close in progress, or done. */
export interface Closing {
  readonly promise: Promise<void>
  readonly deadline: Alarm
  /** Its deadline, in ms of the pool's clock. */
  at: number
}
