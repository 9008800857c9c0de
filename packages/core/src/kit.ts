/**
 * For packages that build on more than a pool: those that manage connections without opening them, such as a server's
 * accepted ones, and those that judge policies. Applications need none of it.
 */

/** A list that costs the garbage collector less than a `Set`. */
export { Chain, Link } from './acquire/chain.js'
/** The statechart of a connection as integer tables, with the numbers of its states and events. */
export {
  type ActionName,
  connectionTable,
  type DelayName,
  Event,
  type EventName,
  State,
  type StateName,
} from './connection/connection-table.js'
/** Blanks the secret part of a text that was not ours, before it is repeated. */
export { redact } from './errors/redact.js'
export { isAdmission, isIdleVerdict, isVerdict } from './policies/verdicts.js'
export { hookNames } from './pool/check-policies.js'
/** An emitter that knows when its listeners come and go. */
export { ObservedEmitter } from './pool/observed-emitter.js'
/** Readers of options: the same words, limits and errors as the pool's own. */
export {
  count,
  duration,
  flag,
  fn,
  natural,
  object,
  type Reader,
  readGroup,
  readOptional,
  share,
  text,
} from './pool/read-options.js'
/** A pool's totals, none counted yet. */
export { noTotals } from './pool/totals.js'
/** One timer of the clock for any number of entries; arming and disarming are O(1). */
export { Alarm, TimerEntry, TimerWheel } from './time/timer-wheel.js'
