import type { Waiter } from './waiter.js'

/** Waiters in a row, linked through themselves. */
class WaiterList<L> {
  first: Waiter<L> | undefined = undefined
  last: Waiter<L> | undefined = undefined
  size = 0

  append(waiter: Waiter<L>): void {
    waiter.previous = this.last
    if (this.last === undefined) this.first = waiter
    else this.last.next = waiter
    this.last = waiter
    this.size++
  }

  remove(waiter: Waiter<L>): void {
    if (waiter.previous === undefined) this.first = waiter.next
    else waiter.previous.next = waiter.next
    if (waiter.next === undefined) this.last = waiter.previous
    else waiter.next.previous = waiter.previous
    waiter.next = undefined
    waiter.previous = undefined
    this.size--
  }
}

/**
 * Who is waiting, and who is next. `fresh` waiters stand in a row of their own, always first come first served: an old
 * connection passes them by without searching, and the lowest id that will do rises along the row.
 */
export class WaiterQueue<L> {
  size = 0
  readonly #lifo: boolean
  /** The first without a deadline of its own, or one before it. */
  #firstPatient: Waiter<L> | undefined = undefined
  readonly #normal = new WaiterList<L>()
  readonly #fresh = new WaiterList<L>()
  #tickets = 0

  constructor(order: 'fifo' | 'lifo') {
    this.#lifo = order === 'lifo'
  }

  /** Waiters that any connection serves. */
  get normal(): number {
    return this.#normal.size
  }

  get fresh(): number {
    return this.#fresh.size
  }

  get oldestFresh(): Waiter<L> | undefined {
    return this.#fresh.first
  }

  get oldestNormal(): Waiter<L> | undefined {
    return this.#normal.first
  }

  /** The longest waiting of all. */
  get oldest(): Waiter<L> | undefined {
    const normal = this.#normal.first
    const fresh = this.#fresh.first
    if (normal === undefined || fresh === undefined) return normal ?? fresh
    return normal.ticket < fresh.ticket ? normal : fresh
  }

  /** The longest waiting of those that share the pool's `acquire.timeout`: it falls due first. Those passed over on the
   * way are passed over once. */
  get firstPatient(): Waiter<L> | undefined {
    while (this.#firstPatient !== undefined && this.#firstPatient.deadline !== undefined) {
      this.#firstPatient = this.#firstPatient.next
    }
    return this.#firstPatient
  }

  push(waiter: Waiter<L>): void {
    waiter.ticket = ++this.#tickets
    if (this.#firstPatient === undefined && !waiter.fresh && waiter.deadline === undefined) this.#firstPatient = waiter
    this.size++
    ;(waiter.fresh ? this.#fresh : this.#normal).append(waiter)
  }

  remove(waiter: Waiter<L>): void {
    waiter.ticket = 0
    if (this.#firstPatient === waiter) this.#firstPatient = waiter.next
    this.size--
    ;(waiter.fresh ? this.#fresh : this.#normal).remove(waiter)
  }

  /** Who gets the connection with this id, if anybody may. */
  nextFor(connectionId: number): Waiter<L> | undefined {
    const normal = this.#lifo ? this.#normal.last : this.#normal.first
    const fresh = this.#fresh.first
    if (fresh === undefined || connectionId < fresh.minId) return normal
    if (normal === undefined) return fresh
    return normal.ticket < fresh.ticket ? normal : fresh
  }
}
