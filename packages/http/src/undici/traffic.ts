import type { DispatchTarget } from './dispatch-target.js'

/** Who is told when it changes. */
export interface TrafficObserver {
  /** There is room again for requests to a target of which `dispatch` had said that there is none. */
  drained(target: DispatchTarget): void
  /** No request is under way any more. */
  quiet(): void
}

/** Counts the requests under way, for the back-pressure of `dispatch`. */
export class Traffic {
  readonly #perTarget: number
  readonly #total: number
  readonly #observer: TrafficObserver
  #active = 0
  /** Those of which `dispatch` has said that there is no room. */
  #owed: DispatchTarget[] = []

  /** `most` are numbers of requests. */
  constructor(most: { readonly perTarget: number; readonly total: number }, observer: TrafficObserver) {
    this.#perTarget = most.perTarget
    this.#total = most.total
    this.#observer = observer
  }

  get active(): number {
    return this.#active
  }

  enter(target: DispatchTarget): void {
    target.active++
    this.#active++
  }

  /** Whether one more would find a connection, or room for one; when not, its end will be told. */
  hasRoom(target: DispatchTarget): boolean {
    if (this.#isFree(target)) return true
    if (!target.isOwed) {
      target.isOwed = true
      this.#owed.push(target)
    }
    return false
  }

  leave(target: DispatchTarget): void {
    target.active--
    this.#active--
  }

  /** At the end of a turn: whoever comes and goes within one is not told of. */
  tell(): void {
    if (this.#owed.length > 0) this.#tellOwed()
    if (this.#active === 0) this.#observer.quiet()
  }

  #isFree(target: DispatchTarget): boolean {
    return target.active < this.#perTarget && this.#active < this.#total
  }

  #tellOwed(): void {
    const freed = this.#owed.filter((target) => this.#isFree(target))
    if (freed.length === 0) return
    this.#owed = this.#owed.filter((target) => !this.#isFree(target))
    for (const target of freed) {
      target.isOwed = false
      this.#observer.drained(target)
    }
  }
}
