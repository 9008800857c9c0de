import type { ResolvedSimulation } from './simulate-options.js'
import type { SimulatedPool } from './simulated-pool.js'
import type { World } from './world.js'

/** Invariant 2: no open makes more connections than there may be. */
export class RoomCheck {
  /** Connections at most; 0 where that has to be asked. */
  readonly #total: number
  readonly #perKey: number
  readonly #given: ResolvedSimulation
  readonly #pool: SimulatedPool
  readonly #world: World
  readonly #violate: (invariant: number, message: string) => void
  #peak = 0

  constructor(
    given: ResolvedSimulation,
    pool: SimulatedPool,
    world: World,
    violate: (invariant: number, message: string) => void,
  ) {
    const { options, hasKeys } = given
    this.#given = given
    this.#pool = pool
    this.#world = world
    this.#violate = violate
    const perKey = options.perKey ?? options.size?.max ?? 10
    const isOwn = given.pool !== undefined
    this.#perKey = isOwn ? 0 : perKey
    this.#total = isOwn ? 0 : hasKeys ? (options.total ?? Number.POSITIVE_INFINITY) : perKey
  }

  /** Connections there were at once, at most. */
  get peak(): number {
    return this.#peak
  }

  /** An open begins. What the far ends have, opens that the pool has given up included, is never less than what the pool
   * counts: only where that is too much, the pool is asked. */
  opening(key: string): void {
    const inAll = this.#world.count('open') + this.#world.count('connecting') + 1
    const ofKey = this.#world.sizeOf(key) + 1
    if (inAll <= this.#total && ofKey <= this.#perKey) this.#peak = Math.max(this.#peak, inAll)
    else this.#askPool(key)
  }

  #askPool(key: string): void {
    const connections = [...this.#pool.connections()]
    const { length } = connections
    this.#peak = Math.max(this.#peak, length)
    const max = this.#given.pool === undefined ? this.#total : this.#pool.stats().max
    if (length > max) this.#violate(2, `an open makes ${length} connections of at most ${max}`)
    if (!this.#given.hasKeys) return
    // A key that was forgotten begins anew while its old connections close.
    const left = connections.filter((info) => info.key === key && !info.state.startsWith('closing')).length
    if (left > this.#perKey) {
      this.#violate(2, `an open makes ${left} connections of ${key}, of at most ${this.#perKey}`)
    }
  }
}
