import { Chain } from './chain.js'
import type { ClientRow } from './clients.js'
import type { Waiter } from './waiter.js'

/** The waiters of one priority. Clients take turns in a ring, each with its own waiters in order. */
export class PriorityLevel<L> {
  readonly priority: number
  /** All its waiters, the longest waiting first. */
  readonly ages = new Chain<Waiter<L>>()
  readonly ring = new Chain<ClientRow<L>>()
  readonly freshRing = new Chain<ClientRow<L>>()
  /** A policy lets its head wait, and with it all behind it. */
  held = false
  /** Its waiters. */
  size = 0

  constructor(priority: number) {
    this.priority = priority
  }

  get oldest(): Waiter<L> | undefined {
    return this.ages.first?.value
  }

  /** Who gets the connection with this id, if anybody may. */
  nextFor(connectionId: number, lifo: boolean): Waiter<L> | undefined {
    if (this.held) return undefined
    const row = this.ring.first?.value
    const normal = (lifo ? row?.waiters.last : row?.waiters.first)?.value
    const freshRow = this.#freshRowFor(connectionId)
    const fresh = freshRow?.waiters.first?.value
    if (normal === undefined || fresh === undefined) return normal ?? fresh
    const isFreshFirst =
      row?.client === freshRow?.client ? fresh.ticket < normal.ticket : (freshRow?.turn ?? 0) < (row?.turn ?? 0)
    return isFreshFirst ? fresh : normal
  }

  /** The waiter whose turn it is, whoever can serve it: about the longest waiting of those that may be served. */
  get nextNormal(): Waiter<L> | undefined {
    return this.ring.first?.value.waiters.first?.value
  }

  /** The first in the ring whose longest waiting is content with this connection. */
  #freshRowFor(connectionId: number): ClientRow<L> | undefined {
    for (let link = this.freshRing.first; link !== undefined; link = link.next) {
      const waiter = link.value.waiters.first?.value
      if (waiter !== undefined && waiter.minId <= connectionId) return link.value
    }
    return undefined
  }
}
