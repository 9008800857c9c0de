import type { ConnectionInfo } from '@millpond/core'
import type { SimulatedPool } from './simulated-pool.js'

/** Follows every connection through its statechart, invariant 11: each step begins where the last one ended, the first
 * in `connecting`, and the last one ends in `closed`. */
export class Histories {
  /** By the live view, as connections of two pools may have the same number. */
  readonly #states = new Map<ConnectionInfo, string>()
  readonly #violate: (invariant: number, message: string) => void

  constructor(pool: SimulatedPool, violate: (invariant: number, message: string) => void) {
    this.#violate = violate
    pool.on('transition', ({ connection, from, to, event }) => {
      const state = this.#states.get(connection) ?? 'connecting'
      if (state !== from) {
        violate(11, `connection ${connection.id} goes from ${from} to ${to} (${event}), and was ${state}`)
      }
      if (to === 'closed') this.#states.delete(connection)
      else this.#states.set(connection, to)
    })
  }

  /** After the end of the pool. */
  checkEnded(): void {
    for (const [{ id }, state] of this.#states) this.#violate(11, `the history of connection ${id} ends in ${state}`)
  }
}
