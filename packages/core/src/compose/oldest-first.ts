/** Something that waits since a moment that can change; undefined when it waits no longer. */
export interface Waiting {
  waitingSince(): number | undefined
}

interface Entry<T> {
  readonly item: T
  since: number
}

/**
 * Which of many has waited longest: a binary heap (Williams 1964) whose order is looked over when it is asked, since
 * items come to wait for less long behind its back. Adding, and finding the first, cost O(log n).
 */
export class OldestFirst<T extends Waiting> {
  readonly #heap: Entry<T>[] = []
  readonly #known = new Set<T>()

  get size(): number {
    return this.#heap.length
  }

  has(item: T): boolean {
    return this.#known.has(item)
  }

  add(item: T): void {
    const since = item.waitingSince()
    if (since === undefined || this.#known.has(item)) return
    this.#known.add(item)
    this.#heap.push({ item, since })
    this.#rise(this.#heap.length - 1)
  }

  /** Who has waited longest; those that wait no longer are dropped on the way. */
  first(): T | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const since = top.item.waitingSince()
      if (since === top.since) return top.item
      if (since === undefined) this.takeFirst()
      else {
        top.since = since
        this.#sink(0)
      }
    }
    return undefined
  }

  takeFirst(): void {
    const top = this.#heap[0]
    const last = this.#heap.pop()
    if (top === undefined || last === undefined) return
    this.#known.delete(top.item)
    if (top === last) return
    this.#heap[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    const heap = this.#heap
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1
      if (this.#since(parent) <= this.#since(i)) return
      this.#swap(heap, i, parent)
      i = parent
    }
  }

  #sink(from: number): void {
    const heap = this.#heap
    for (let i = from; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2]
      let least = i
      if (left < heap.length && this.#since(left) < this.#since(least)) least = left
      if (right < heap.length && this.#since(right) < this.#since(least)) least = right
      if (least === i) return
      this.#swap(heap, i, least)
      i = least
    }
  }

  #since(i: number): number {
    return (this.#heap[i] as Entry<T>).since
  }

  #swap(heap: Entry<T>[], a: number, b: number): void {
    const entry = heap[a] as Entry<T>
    heap[a] = heap[b] as Entry<T>
    heap[b] = entry
  }
}
