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
  /** Those of them that want a fresh connection. */
  fresh = 0
  /** A policy lets its head wait, and with it all behind it. */
  isHeld = false
  /** A policy lets the one wait whose turn it is, and is not the head: of those that any connection serves … */
  isNormalHeld = false
  /** … and of the others. */
  isFreshHeld = false

  constructor(priority: number) {
    this.priority = priority
  }

  get oldest(): Waiter<L> | undefined {
    return this.ages.first?.value
  }

  /** Who gets the connection with this id, if anybody may. */
  nextFor(connectionId: number, lifo: boolean): Waiter<L> | undefined {
    if (this.isHeld) return undefined
    const row = this.isNormalHeld ? undefined : this.ring.first?.value
    const normal = (lifo ? row?.waiters.last : row?.waiters.first)?.value
    const freshRow = this.isFreshHeld ? undefined : this.#freshRowFor(connectionId)
    const fresh = freshRow?.waiters.first?.value
    if (normal === undefined || fresh === undefined) return normal ?? fresh
    const isFreshFirst =
      row?.client === freshRow?.client ? fresh.ticket < normal.ticket : (freshRow?.turn ?? 0) < (row?.turn ?? 0)
    return isFreshFirst ? fresh : normal
  }

  /** Nobody has been asked about: somebody came or left. */
  release(waiter: Waiter<L>): void {
    if (this.oldest === waiter) this.isHeld = false
    this.isNormalHeld = false
    this.isFreshHeld = false
  }

  /** Whose turn it is has to wait. */
  hold(waiter: Waiter<L>): void {
    if (this.oldest === waiter) this.isHeld = true
    else if (waiter.minId > 0) this.isFreshHeld = true
    else this.isNormalHeld = true
  }

  /** Whether policies hold those that want a fresh connection, or those that any serves. */
  holds(fresh: boolean): boolean {
    return this.isHeld || (fresh ? this.isFreshHeld : this.isNormalHeld)
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
