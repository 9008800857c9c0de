/** Something that waits since a moment that can change; undefined when it waits no longer. */
export interface Waiting {
  waitingSince(): number | undefined
}

interface Entry<T> {
  readonly item: T
  since: number
  /** Its place in the heap. */
  at: number
}

/**
 * Which of many has waited longest: a binary heap (Williams 1964) whose order is looked over when it is asked, since
 * items come to wait for less long behind its back. Adding, removing and finding the first cost O(log n).
 */
export class OldestFirst<T extends Waiting> {
  readonly #heap: Entry<T>[] = []
  readonly #entries = new Map<T, Entry<T>>()

  get size(): number {
    return this.#heap.length
  }

  has(item: T): boolean {
    return this.#entries.has(item)
  }

  add(item: T): void {
    const since = item.waitingSince()
    if (since === undefined || this.#entries.has(item)) return
    const entry = { item, since, at: this.#heap.length }
    this.#entries.set(item, entry)
    this.#heap.push(entry)
    this.#rise(entry)
  }

  remove(item: T): void {
    const entry = this.#entries.get(item)
    if (entry === undefined) return
    this.#entries.delete(item)
    const last = this.#heap.pop() as Entry<T>
    if (last === entry) return
    this.#put(last, entry.at)
    this.#rise(last)
    this.#sink(last)
  }

  /** Who has waited longest; those that wait no longer are dropped on the way. */
  first(): T | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const since = top.item.waitingSince()
      if (since === top.since) return top.item
      if (since === undefined) {
        this.remove(top.item)
      } else {
        top.since = since
        this.#sink(top)
      }
    }
    return undefined
  }

  takeFirst(): void {
    const top = this.#heap[0]
    if (top !== undefined) this.remove(top.item)
  }

  /** Whether more than `n` wait still. Those found that do not are dropped. */
  hasMoreThan(n: number): boolean {
    let waiting = 0
    for (const item of this.#entries.keys()) {
      if (item.waitingSince() === undefined) this.remove(item)
      else if (++waiting > n) return true
    }
    return false
  }

  #rise(entry: Entry<T>): void {
    while (entry.at > 0) {
      const parent = this.#heap[(entry.at - 1) >> 1] as Entry<T>
      if (parent.since <= entry.since) return
      this.#swap(entry, parent)
    }
  }

  #sink(entry: Entry<T>): void {
    for (;;) {
      const left = this.#heap[2 * entry.at + 1]
      const right = this.#heap[2 * entry.at + 2]
      const child = left !== undefined && right !== undefined && right.since < left.since ? right : left
      if (child === undefined || child.since >= entry.since) return
      this.#swap(entry, child)
    }
  }

  #swap(a: Entry<T>, b: Entry<T>): void {
    const { at } = a
    this.#put(a, b.at)
    this.#put(b, at)
  }

  #put(entry: Entry<T>, at: number): void {
    entry.at = at
    this.#heap[at] = entry
  }
}
