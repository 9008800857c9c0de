import { Chain, Link } from './chain.js'
import type { Waiter } from './waiter.js'

/** One on whose behalf leases are taken, while it has a lease or waits for one. */
export class Client<L> {
  readonly id: string | undefined
  /** Leases it may have at once. */
  readonly max: number
  leases = 0
  /** Its waiters, and those of them that want a fresh connection. */
  waiting = 0
  fresh = 0
  /** Its rows of waiters: one per priority, and one more for `fresh`. */
  readonly rows = new Set<ClientRow<L>>()
  /** Waiters that leases could be given to at once, normal and fresh: what is counted as demand. */
  claim = 0
  freshClaim = 0

  constructor(id: string | undefined, max: number) {
    this.id = id
    this.max = max
  }

  get mayLease(): boolean {
    return this.leases < this.max
  }
}

/** Counts the turns taken in all rings: only the order of two of them matters. */
let turns = 0

/** The waiters of one client in one priority. In the ring of that priority while the client may have another lease. */
export class ClientRow<L> {
  readonly client: Client<L>
  /** Where the clients of its priority take their turns. */
  readonly ring: Chain<ClientRow<L>>
  readonly waiters = new Chain<Waiter<L>>()
  /** When it went to the end of the ring: who went there first is next. */
  turn = 0
  readonly #place: Link<ClientRow<L>> = new Link<ClientRow<L>>(this)

  constructor(client: Client<L>, ring: Chain<ClientRow<L>>) {
    this.client = client
    this.ring = ring
  }

  /** Takes a place at the end of the ring, unless it has one, or its client may have no lease. */
  join(): void {
    if (!this.client.mayLease || this.#place.linked) return
    this.turn = ++turns
    this.ring.append(this.#place)
  }

  leave(): void {
    this.ring.remove(this.#place)
  }

  /** It has had its turn. */
  goToEnd(): void {
    this.leave()
    this.join()
  }
}

/** Everybody who has a lease or waits for one. Who has and wants nothing is forgotten. */
export class Clients<L> {
  /** Demand: waiters that could be given leases at once. */
  normal = 0
  fresh = 0
  readonly #max: number
  readonly #known = new Map<string | undefined, Client<L>>()

  constructor(max: number) {
    this.#max = max
  }

  /** The client of this name. Acquires that name none share one without a limit. */
  named(id: string | undefined): Client<L> {
    let client = this.#known.get(id)
    if (client === undefined) {
      client = new Client(id, id === undefined ? Number.POSITIVE_INFINITY : this.#max)
      this.#known.set(id, client)
    }
    return client
  }

  mayLease(id: string | undefined): boolean {
    return this.#known.get(id)?.mayLease ?? true
  }

  get size(): number {
    return this.#known.size
  }

  lent(client: Client<L>): void {
    client.leases++
    if (!client.mayLease) for (const row of client.rows) row.leave()
    this.recount(client)
  }

  returned(client: Client<L>): void {
    client.leases--
    for (const row of client.rows) row.join()
    this.recount(client)
  }

  /** The same in these rings alone: looks at every client, so it is for when policies hold the others. */
  demandIn(rings: ReadonlySet<Chain<ClientRow<L>>>): number {
    let demand = 0
    for (const client of this.#known.values()) {
      let waiting = 0
      for (const row of client.rows) if (rings.has(row.ring)) waiting += row.waiters.size
      demand += Math.min(waiting, Math.max(0, client.max - client.leases))
    }
    return demand
  }

  /** To be called when the client's waiters or leases have changed. */
  recount(client: Client<L>): void {
    const room = client.max - client.leases
    const claim = Math.min(client.waiting - client.fresh, room)
    const freshClaim = Math.min(client.fresh, room)
    this.normal += claim - client.claim
    this.fresh += freshClaim - client.freshClaim
    client.claim = claim
    client.freshClaim = freshClaim
    if (client.leases === 0 && client.waiting === 0) this.#known.delete(client.id)
  }
}
