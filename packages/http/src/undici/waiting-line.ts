/** A place in the pool's queue: its own abort signal, of the few members that a pool uses. A real one costs more than the
 * rest of the waiting. */
export class Place {
  aborted = false
  readonly reason = undefined
  isTaken = true
  #listener: { handleEvent(): void } | undefined

  get signal(): AbortSignal {
    return this as unknown as AbortSignal
  }

  addEventListener(_type: 'abort', listener: { handleEvent(): void }): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = undefined
  }

  giveUp(): void {
    this.aborted = true
    this.#listener?.handleEvent()
  }
}

/**
 * The requests that wait for a connection to one target, and their places in the pool's queue. Places belong to nobody:
 * whichever is served, serves the request that has waited longest. A request that takes over a lease leaves its place to
 * the next one that comes, so that under load nobody has to queue anew.
 *
 * The places are older than the requests, each than its own: no request waits longer than its place allows.
 */
export class WaitingLine<R extends { readonly isOver: boolean }> {
  #requests: (R | undefined)[] = []
  #first = 0
  #places: Place[] = []
  #taken = 0
  /** Requests that wait. */
  size = 0

  /** One more waits. False when it needs a place. */
  join(request: R): boolean {
    this.#requests.push(request)
    this.size++
    return this.size <= this.#taken
  }

  /** There are requests without a place: one has been refused, or was of no use. */
  get lacksPlace(): boolean {
    return this.#taken < this.size
  }

  take(): Place {
    const place = new Place()
    this.#places.push(place)
    this.#taken++
    return place
  }

  /** The pool has served or refused it. */
  settled(place: Place): void {
    if (!place.isTaken) return
    place.isTaken = false
    this.#taken--
    if (this.#taken === 0) this.#places.length = 0
    else if (this.#places.length > 2 * this.#taken + 8) this.#places = this.#places.filter(({ isTaken }) => isTaken)
  }

  /** Who has waited longest. */
  get head(): R | undefined {
    while (this.#requests[this.#first]?.isOver) this.#pass()
    return this.#requests[this.#first]
  }

  shift(): R | undefined {
    const { head } = this
    if (head === undefined) return undefined
    this.#pass()
    this.size--
    return head
  }

  /** The first waits no longer, and is not to be kept alive by what is left of the line. */
  #pass(): void {
    this.#requests[this.#first++] = undefined
    if (this.#first === this.#requests.length || (this.#first > 32 && 2 * this.#first > this.#requests.length)) {
      this.#requests = this.#requests.slice(this.#first)
      this.#first = 0
    }
  }

  /** One has given up, and is over: a place too many goes, the youngest. */
  left(): void {
    this.size--
    if (this.#taken <= this.size) return
    for (let place = this.#places.pop(); place !== undefined; place = this.#places.pop()) {
      if (!place.isTaken) continue
      this.settled(place)
      place.giveUp()
      return
    }
  }
}
