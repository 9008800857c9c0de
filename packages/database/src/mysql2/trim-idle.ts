import { definePolicy, type Policy } from '@millpond/core'

/** mysql2 looks once a second. */
const GRACE = 1_000

/** mysql2's `maxIdle`: what has rested for a second is closed while more than so many rest, so that a short lull closes
 * nothing. */
export function trimIdle(max: number, idle: () => number): Policy {
  return definePolicy({
    name: `at most ${max} idle`,
    onIdle({ connection, now }) {
      const due = (connection.idleSince ?? now) + GRACE
      if (now < due) return { lookAgain: due }
      return idle() > max ? { verdict: 'retire', reason: 'idle' } : { lookAgain: now + GRACE }
    },
  })
}
