import { definePolicy, type Policy } from '@millpond/core'

/** pg-pool's `min`: what has rested for `timeout` ms is closed while there are more than `min`, and looked at again when
 * there were not. `total` counts the clients. */
export function keepMin(min: number, timeout: number, total: () => number): Policy {
  return definePolicy({
    name: `keep ${min}`,
    onIdle({ connection, now }) {
      const due = (connection.idleSince ?? now) + timeout
      if (now < due) return { lookAgain: due }
      return total() > min ? { verdict: 'retire', reason: 'idle' } : { lookAgain: now + timeout }
    },
  })
}
