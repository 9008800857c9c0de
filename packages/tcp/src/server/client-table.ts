/** Clients told apart by name; beyond them, clients share a counter. */
const NAMED = 65_536
const SHARED = 4_096

/**
 * How many connections each client has, in bounded memory whatever the number of clients: the first 65 536 that are
 * connected at a time are counted one by one; those beyond share 4 096 counters by a hash of their name, so that a
 * limit then holds for a few together. A client without connections takes no memory.
 */
export class ClientTable {
  readonly #named = new Map<string, number>()
  readonly #shared = new Uint32Array(SHARED)
  readonly #seed: number
  readonly #capacity: number
  #inShared = 0

  /** `random` seeds the hash, so that nobody can choose names that share a counter. */
  constructor(random: () => number = Math.random, capacity: number = NAMED) {
    this.#seed = Math.floor(random() * 2 ** 32)
    this.#capacity = capacity
  }

  /** Clients counted one by one. */
  get size(): number {
    return this.#named.size
  }

  /** Connections counted together with others'. */
  get sharing(): number {
    return this.#inShared
  }

  count(client: string): number {
    return this.#named.get(client) ?? (this.#isFull ? (this.#shared[this.#slot(client)] as number) : 0)
  }

  /** One connection more. What it returns is to be given back to `leave`. */
  enter(client: string): ClientPlace {
    const known = this.#named.get(client)
    if (known !== undefined || !this.#isFull) {
      this.#named.set(client, (known ?? 0) + 1)
      return client
    }
    const slot = this.#slot(client)
    ;(this.#shared[slot] as number)++
    this.#inShared++
    return slot
  }

  /** One connection less. */
  leave(place: ClientPlace): void {
    if (typeof place === 'number') {
      ;(this.#shared[place] as number)--
      this.#inShared--
      return
    }
    const left = (this.#named.get(place) ?? 1) - 1
    if (left === 0) this.#named.delete(place)
    else this.#named.set(place, left)
  }

  get #isFull(): boolean {
    return this.#named.size >= this.#capacity
  }

  /** FNV-1a. */
  #slot(client: string): number {
    let hash = this.#seed ^ 0x811c9dc5
    for (let i = 0; i < client.length; i++) hash = Math.imul(hash ^ client.charCodeAt(i), 0x01000193)
    return (hash >>> 0) % SHARED
  }
}

/** Where a connection is counted: under its client's name, or in a shared counter. */
export type ClientPlace = string | number
