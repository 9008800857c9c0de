import { Link } from './chain.js'
import { Client, ClientRow, Clients } from './clients.js'
import { PriorityLevel } from './priority-level.js'
import type { Waiter } from './waiter.js'

/** Where a waiter stands: in the order of its priority, and in the row of its client. */
interface Place<L> {
  readonly level: PriorityLevel<L>
  readonly row: ClientRow<L>
  readonly inLevel: Link<Waiter<L>>
  readonly inRow: Link<Waiter<L>>
}

/** Every 8th grant that would pass over a lower priority goes to the lowest … */
const LOWEST_TURN = 8
/** … and every 8th of those to whoever has waited longest, so that what lies between starves neither. */
const OLDEST_TURN = 8

/**
 * Who is next where waiters are not all alike: a higher priority first; within one, clients take turns (round robin, as
 * in deficit fair queueing with leases of one size: Shreedhar & Varghese 1995), each below its `perClient.max`.
 */
export class FairQueue<L> {
  readonly clients: Clients<L>
  /** Those with waiters, the highest first. */
  readonly levels: PriorityLevel<L>[] = []
  readonly #lifo: boolean
  readonly #countsLeases: boolean
  /** Where nobody counts leases all waiters are one client's. */
  readonly #everybody: Client<L>
  #passedOver = 0
  #lowestTurns = 0

  constructor(order: 'fifo' | 'lifo', maxPerClient: number | undefined) {
    this.#lifo = order === 'lifo'
    this.#countsLeases = maxPerClient !== undefined
    this.clients = new Clients(maxPerClient ?? Number.POSITIVE_INFINITY)
    this.#everybody = new Client(undefined, Number.POSITIVE_INFINITY)
  }

  add(waiter: Waiter<L>): void {
    const level = this.#levelFor(waiter.wish?.priority ?? 0)
    const client = this.#countsLeases ? this.clients.named(waiter.wish?.client) : this.#everybody
    const isFresh = waiter.minId > 0
    const row = rowOf(client, isFresh ? level.freshRing : level.ring)
    const place: Place<L> = { level, row, inLevel: new Link(waiter), inRow: new Link(waiter) }
    waiter.standing = place
    level.ages.append(place.inLevel)
    if (isFresh) level.fresh++
    if (level.oldest !== waiter) level.release(waiter)
    row.waiters.append(place.inRow)
    row.join()
    client.waiting++
    if (isFresh) client.fresh++
    this.clients.recount(client)
  }

  remove(waiter: Waiter<L>): void {
    const { level, row, inRow, inLevel } = placeOf(waiter)
    const { client } = row
    waiter.standing = undefined
    level.release(waiter)
    level.ages.remove(inLevel)
    if (waiter.minId > 0) level.fresh--
    row.waiters.remove(inRow)
    if (row.waiters.first === undefined) {
      row.leave()
      client.rows.delete(row)
    }
    if (level.ages.first === undefined) this.levels.splice(this.levels.indexOf(level), 1)
    client.waiting--
    if (waiter.minId > 0) client.fresh--
    this.clients.recount(client)
  }

  /** It has been its turn: its client goes to the end of the ring, and the turns of lower priorities come nearer. */
  served(waiter: Waiter<L>): void {
    const { level, row } = placeOf(waiter)
    for (const other of row.client.rows) {
      if (other.ring === level.ring || other.ring === level.freshRing) other.goToEnd()
    }
    if (this.#isLowestTurn) {
      this.#lowestTurns++
      this.#passedOver = 0
    } else if (level === this.levels.at(-1)) {
      this.#passedOver = 0
    } else {
      this.#passedOver++
    }
  }

  /** Who gets the connection with this id, if anybody may. Asking changes nothing. */
  nextFor(connectionId: number): Waiter<L> | undefined {
    const { levels } = this
    if (levels.length > 1 && this.#isLowestTurn) {
      const next = this.#isOldestTurn ? this.#oldestFor(connectionId) : this.#lowestFor(connectionId)
      if (next !== undefined) return next
    }
    for (const level of levels) {
      const next = level.nextFor(connectionId, this.#lifo)
      if (next !== undefined) return next
    }
    return undefined
  }

  /** About the longest waiting of those that may be served. */
  get nextNormal(): Waiter<L> | undefined {
    let oldest: Waiter<L> | undefined
    for (const level of this.levels) {
      const nextNormal = level.holds(false) ? undefined : level.nextNormal
      if (nextNormal !== undefined && (oldest === undefined || nextNormal.ticket < oldest.ticket)) oldest = nextNormal
    }
    return oldest
  }

  /** Waiters that connections would serve: those that policies admit, as far as their clients may have more leases. */
  demand(fresh: boolean): number {
    const held = this.levels.filter((level) => level.holds(fresh))
    if (held.length === 0 && this.#countsLeases) return fresh ? this.clients.fresh : this.clients.normal
    if (this.#countsLeases) {
      const open = this.levels.filter((level) => !level.holds(fresh))
      return this.clients.demandIn(new Set(open.map((level) => (fresh ? level.freshRing : level.ring))))
    }
    let demand = 0
    for (const level of this.levels) {
      if (!level.holds(fresh)) demand += fresh ? level.fresh : level.ages.size - level.fresh
    }
    return demand
  }

  get #isLowestTurn(): boolean {
    return this.#passedOver === LOWEST_TURN - 1
  }

  get #isOldestTurn(): boolean {
    return this.#lowestTurns % OLDEST_TURN === OLDEST_TURN - 1
  }

  #lowestFor(connectionId: number): Waiter<L> | undefined {
    for (let i = this.levels.length - 1; i >= 0; i--) {
      const next = this.levels[i]?.nextFor(connectionId, false)
      if (next !== undefined) return next
    }
    return undefined
  }

  #oldestFor(connectionId: number): Waiter<L> | undefined {
    let oldest: Waiter<L> | undefined
    for (const level of this.levels) {
      const next = level.nextFor(connectionId, false)
      if (next !== undefined && (oldest === undefined || next.ticket < oldest.ticket)) oldest = next
    }
    return oldest
  }

  /** The level a waiter stands in. */
  levelOf(waiter: Waiter<L>): PriorityLevel<L> {
    return placeOf(waiter).level
  }

  #levelFor(priority: number): PriorityLevel<L> {
    const { levels } = this
    let at = 0
    while (at < levels.length && (levels[at] as PriorityLevel<L>).priority > priority) at++
    const found = levels[at]
    if (found?.priority === priority) return found
    const level = new PriorityLevel<L>(priority)
    levels.splice(at, 0, level)
    return level
  }
}

function placeOf<L>({ standing }: Waiter<L>): Place<L> {
  return standing as Place<L>
}

function rowOf<L>(client: Client<L>, ring: ClientRow<L>['ring']): ClientRow<L> {
  for (const row of client.rows) if (row.ring === ring) return row
  const row = new ClientRow(client, ring)
  client.rows.add(row)
  return row
}
