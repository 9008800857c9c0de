import { IdleList } from './idle-list.js'
import type { InboundConnection } from './inbound-connection.js'

/** ms of silence after which a new connection that has not sent a byte makes room for another. */
const PATIENCE = 1_000

/** The idle connections of a guard, and which of them a newcomer may push out. */
export class IdleConnections {
  /** Those that have carried a request, and those that have not. */
  readonly #kept = new IdleList()
  readonly #fresh = new IdleList()

  add(connection: InboundConnection): void {
    const list = connection.uses > 0 ? this.#kept : this.#fresh
    list.add(connection)
  }

  /** The one to be missed least: one that has never said anything, if it had the time to; else the longest-idle one. */
  leastMissed(now: number): InboundConnection | undefined {
    const silent = this.#fresh.first
    return silent !== undefined && now - silent.idleSince >= PATIENCE ? silent : this.#kept.first
  }
}
