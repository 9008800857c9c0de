import type { Clients } from './clients.js'
import { FairQueue } from './fair-queue.js'
import type { PriorityLevel } from './priority-level.js'
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

/** When the order of coming is not the order of serving. */
export interface QueueOptions {
  readonly order: 'fifo' | 'lifo'
  /** `acquire.perClient.max`; undefined when off. */
  readonly maxPerClient: number | undefined
}

/**
 * Who is waiting, and who is next. `fresh` waiters stand in a row of their own, always first come first served: an old
 * connection passes them by without searching, and the lowest id that will do rises along the row. The rows are the
 * order of age; they are the order of serving too, until somebody has a priority or a client: from then on, while
 * anybody waits, a `FairQueue` says who is next.
 */
export class WaiterQueue<L> {
  size = 0
  readonly #options: QueueOptions
  readonly #lifo: boolean
  /** How many have a deadline of their own, `fresh` ones left aside. */
  #impatient = 0
  /** While there are such: the first with the pool's `acquire.timeout`, or one before it. */
  #firstPatient: Waiter<L> | undefined = undefined
  readonly #normal = new WaiterList<L>()
  readonly #fresh = new WaiterList<L>()
  #fair: FairQueue<L> | undefined
  /** With `acquire.perClient` only. */
  readonly clients: Clients<L> | undefined
  #alwaysFair: boolean
  #tickets = 0

  constructor(options: QueueOptions) {
    this.#options = options
    this.#lifo = options.order === 'lifo'
    this.#alwaysFair = options.maxPerClient !== undefined
    if (this.#alwaysFair) this.#fair = new FairQueue(options.order, options.maxPerClient)
    this.clients = options.maxPerClient === undefined ? undefined : this.#fair?.clients
  }

  /** Waiters that any connection serves, as far as their clients may have more leases and policies admit them: the
   * demand. */
  get normal(): number {
    return this.#fair === undefined ? this.#normal.size : this.#fair.demand(false)
  }

  /** Waiters that want a fresh connection, likewise. */
  get fresh(): number {
    return this.#fair === undefined ? this.#fresh.size : this.#fair.demand(true)
  }

  /** The priorities of those who wait, where policies judge them. */
  get levels(): readonly PriorityLevel<L>[] {
    return this.#fair?.levels ?? []
  }

  /** From now on policies look at the head of every priority. To be called while nobody waits. */
  beJudged(): void {
    this.#alwaysFair = true
    this.#fair ??= new FairQueue(this.#options.order, undefined)
  }

  /** The level a waiter stands in, where policies judge them. */
  levelOf(waiter: Waiter<L>): PriorityLevel<L> | undefined {
    return this.#fair?.levelOf(waiter)
  }

  get oldestFresh(): Waiter<L> | undefined {
    return this.#fresh.first
  }

  /** The longest waiting of those that any connection may serve; where clients have limits, about that. */
  get oldestNormal(): Waiter<L> | undefined {
    return this.#fair === undefined ? this.#normal.first : this.#fair.nextNormal
  }

  /** Who is next where all wait in the order of their coming for any connection. */
  get nextOrdinary(): Waiter<L> | undefined {
    return this.#fair === undefined && this.#fresh.size === 0 && !this.#lifo ? this.#normal.first : undefined
  }

  /** Whose turn it is, whatever connection it wants. */
  get next(): Waiter<L> | undefined {
    return this.nextFor(Number.POSITIVE_INFINITY)
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
    if (this.#impatient === 0) return this.#normal.first
    while (this.#firstPatient !== undefined && !isPatient(this.#firstPatient)) {
      this.#firstPatient = this.#firstPatient.next
    }
    return this.#firstPatient
  }

  push(waiter: Waiter<L>): void {
    waiter.ticket = ++this.#tickets
    this.size++
    if (this.#isPlain(waiter)) this.#normal.append(waiter)
    else this.#pushWishing(waiter)
  }

  /** It waits no longer. */
  remove(waiter: Waiter<L>): void {
    waiter.ticket = 0
    this.size--
    if (this.#isPlain(waiter)) this.#normal.remove(waiter)
    else this.#removeWishing(waiter)
  }

  /** It is about to get a connection: it has had its turn. */
  served(waiter: Waiter<L>): void {
    this.#fair?.served(waiter)
  }

  /** Who gets the connection with this id, if anybody may. Asking changes nothing. */
  nextFor(connectionId: number): Waiter<L> | undefined {
    if (this.#fair !== undefined) return this.#fair.nextFor(connectionId)
    const normal = this.#lifo ? this.#normal.last : this.#normal.first
    const fresh = this.#fresh.first
    if (fresh === undefined || connectionId < fresh.minId) return normal
    if (normal === undefined) return fresh
    return normal.ticket < fresh.ticket ? normal : fresh
  }

  /** It waits among its like: for them the queue keeps nothing but their order. */
  #isPlain({ wish }: Waiter<L>): boolean {
    return wish === undefined && this.#fair === undefined && this.#impatient === 0
  }

  #pushWishing(waiter: Waiter<L>): void {
    const { wish } = waiter
    if (this.#fair === undefined && wish !== undefined && wish.priority !== 0) this.#becomeFair()
    if (waiter.minId > 0) {
      this.#fresh.append(waiter)
    } else {
      this.#normal.append(waiter)
      if (!isPatient(waiter) && ++this.#impatient === 1) this.#firstPatient = this.#normal.first
      else if (this.#firstPatient === undefined && this.#impatient > 0) this.#firstPatient = waiter
    }
    this.#fair?.add(waiter)
  }

  #removeWishing(waiter: Waiter<L>): void {
    if (this.#firstPatient === waiter) this.#firstPatient = waiter.next
    if (waiter.minId > 0) {
      this.#fresh.remove(waiter)
    } else {
      this.#normal.remove(waiter)
      if (!isPatient(waiter) && --this.#impatient === 0) this.#firstPatient = undefined
    }
    if (this.#fair !== undefined) this.#leaveFair(this.#fair, waiter)
  }

  /** All who wait already take their places in the order of their coming. */
  #becomeFair(): void {
    const fair = new FairQueue<L>(this.#options.order, undefined)
    let normal = this.#normal.first
    let fresh = this.#fresh.first
    while (normal !== undefined || fresh !== undefined) {
      if (fresh === undefined || (normal !== undefined && normal.ticket < fresh.ticket)) {
        fair.add(normal as Waiter<L>)
        normal = normal?.next
      } else {
        fair.add(fresh)
        fresh = fresh.next
      }
    }
    this.#fair = fair
  }

  #leaveFair(fair: FairQueue<L>, waiter: Waiter<L>): void {
    fair.remove(waiter)
    if (this.size === 0 && !this.#alwaysFair) this.#fair = undefined
  }
}

function isPatient<L>(waiter: Waiter<L>): boolean {
  return waiter.wish === undefined || waiter.wish.isPatient
}
