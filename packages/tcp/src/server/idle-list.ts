import type { IdlePlaces, InboundConnection } from './inbound-connection.js'

/** Idle connections in the order in which they were parked; adding and removing are O(1). */
export class IdleList implements IdlePlaces {
  #first: InboundConnection | undefined
  #last: InboundConnection | undefined

  /** The one that has been idle for longest. */
  get first(): InboundConnection | undefined {
    return this.#first
  }

  add(connection: InboundConnection): void {
    connection.idleList = this
    connection.previousIdle = this.#last
    if (this.#last === undefined) this.#first = connection
    else this.#last.nextIdle = connection
    this.#last = connection
  }

  remove(connection: InboundConnection): void {
    const { previousIdle: previous, nextIdle: next } = connection
    if (previous === undefined) this.#first = next
    else previous.nextIdle = next
    if (next === undefined) this.#last = previous
    else next.previousIdle = previous
    connection.previousIdle = undefined
    connection.nextIdle = undefined
    connection.idleList = undefined
  }
}
