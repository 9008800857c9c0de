import type { Connection } from './connection.js'
import { State } from './connection-table.js'

const READY = State['idle.ready']

/** The idle connections, longest idle first: linked through the connections themselves, so that every step is O(1).
 * One that is being checked in the background keeps its place and is passed over; there are at most
 * `health.concurrency` of them. */
export class IdleList<R> {
  /** The longest idle. */
  first: Connection<R> | undefined = undefined
  /** The last used. */
  last: Connection<R> | undefined = undefined
  size = 0
  /** The first of those at the end whose `since` has yet to be read from the clock. */
  unstamped: Connection<R> | undefined = undefined
  readonly #slots: Connection<R>[] | undefined

  constructor(reuse: 'lifo' | 'fifo' | 'random') {
    this.#slots = reuse === 'random' ? [] : undefined
  }

  append(connection: Connection<R>): void {
    const last = this.last
    connection.previousIdle = last
    if (last === undefined) this.first = connection
    else last.nextIdle = connection
    this.last = connection
    connection.inIdleList = true
    this.size++
    if (this.#slots !== undefined) {
      connection.idleSlot = this.#slots.length
      this.#slots.push(connection)
    }
  }

  remove(connection: Connection<R>): void {
    const { nextIdle: next, previousIdle: previous } = connection
    if (this.unstamped === connection) this.unstamped = next
    if (next === undefined) this.last = previous
    else next.previousIdle = previous
    if (previous === undefined) this.first = next
    else previous.nextIdle = next
    connection.nextIdle = undefined
    connection.previousIdle = undefined
    connection.inIdleList = false
    this.size--
    if (this.#slots !== undefined) this.#vacate(this.#slots, connection)
  }

  #vacate(slots: Connection<R>[], connection: Connection<R>): void {
    const moved = slots.pop() as Connection<R>
    if (moved === connection) return
    slots[connection.idleSlot] = moved
    moved.idleSlot = connection.idleSlot
  }

  /** The longest idle that nobody is checking. */
  oldestReady(): Connection<R> | undefined {
    let connection = this.first
    while (connection !== undefined && connection.state !== READY) connection = connection.nextIdle
    return connection
  }

  /** The longest idle that can be lent. */
  oldestLendable(): Connection<R> | undefined {
    let connection = this.first
    while (connection !== undefined && !isLendable(connection)) connection = connection.nextIdle
    return connection
  }

  /** The last used that can be lent. */
  newestReady(): Connection<R> | undefined {
    let connection = this.last
    while (connection !== undefined && !isLendable(connection)) connection = connection.previousIdle
    return connection
  }

  /** Any that can be lent: from a place drawn by `random` onwards. */
  anyReady(random: () => number): Connection<R> | undefined {
    const slots = this.#slots as Connection<R>[]
    const start = Math.floor(random() * slots.length)
    for (let i = 0; i < slots.length; i++) {
      const connection = slots[(start + i) % slots.length] as Connection<R>
      if (isLendable(connection)) return connection
    }
    return undefined
  }
}

/** Nobody is checking it, and it can carry a lease at present (an HTTP/2 peer may allow none for a while). */
function isLendable<R>(connection: Connection<R>): boolean {
  return connection.state === READY && connection.capacity > 0
}
