import type { Connection, SpareLoad, SparePlace } from '../connection/connection.js'
import { State } from '../connection/connection-table.js'
import { Chain, Link } from './chain.js'

const LEASED = State['connected.leased']

/**
 * The leased connections that can carry more leases, in groups by how many they carry, the groups in order: a lease
 * more or less moves a connection to the neighbouring group, so every step is O(1).
 */
export class SpareList<R> {
  readonly #maxUses: number
  readonly #loads = new Chain<SpareLoad<R>>()
  /** Kept when they are empty: they would be made again at the next lease. */
  readonly #byLeases = new Map<number, SpareLoad<R>>()

  constructor(maxUses: number) {
    this.#maxUses = maxUses
  }

  /** The one that carries most ('packed': others come free), or least ('spread'). */
  pick(placement: 'packed' | 'spread'): Connection<R> | undefined {
    for (;;) {
      const load = placement === 'packed' ? this.#loads.last : this.#loads.first
      const connection = load?.value.connections.first?.value
      if (connection === undefined || this.hasRoom(connection)) return connection
      this.update(connection)
    }
  }

  /** It may be given another lease now. */
  hasRoom(connection: Connection<R>): boolean {
    return (
      connection.state === LEASED &&
      connection.closeReason === undefined &&
      !connection.checkWanted &&
      connection.leases < connection.capacity &&
      connection.uses < this.#maxUses
    )
  }

  /** To be called when a connection's leases or capacity have changed. One that has ended is found on the way. */
  update(connection: Connection<R>): void {
    connection.spare ??= new Place(connection)
    const { spare } = connection
    const from = spare.load
    const isSpare = connection.leases > 0 && this.hasRoom(connection)
    if (isSpare && from?.leases === connection.leases) return
    const to = isSpare ? this.#loadOf(connection.leases, from) : undefined
    if (from !== undefined) this.#leave(from, spare)
    to?.connections.append(spare)
    spare.load = to
  }

  #leave(load: SpareLoad<R>, spare: Link<Connection<R>>): void {
    load.connections.remove(spare)
    if (load.connections.first === undefined) this.#loads.remove(load.link)
  }

  /** The group of this many leases, put where it belongs; the search begins at `near`. */
  #loadOf(leases: number, near: SpareLoad<R> | undefined): SpareLoad<R> {
    const known = this.#byLeases.get(leases)
    if (known?.link.linked) return known
    let next = near === undefined ? this.#loads.first : near.link
    while (next?.previous !== undefined && next.previous.value.leases > leases) next = next.previous
    while (next !== undefined && next.value.leases < leases) next = next.next
    const load = known ?? this.#made(leases)
    this.#loads.insertBefore(load.link, next)
    return load
  }

  #made(leases: number): SpareLoad<R> {
    const load = new Load<R>(leases)
    this.#byLeases.set(leases, load)
    return load
  }
}

class Place<R> extends Link<Connection<R>> implements SparePlace<R> {
  load: SpareLoad<R> | undefined = undefined
}

class Load<R> implements SpareLoad<R> {
  readonly leases: number
  readonly connections = new Chain<Connection<R>>()
  readonly link: Link<SpareLoad<R>> = new Link<SpareLoad<R>>(this)

  constructor(leases: number) {
    this.leases = leases
  }
}
