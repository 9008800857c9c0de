/** One place in a chain. */
export class Link<T> {
  readonly value: T
  next: Link<T> | undefined = undefined
  previous: Link<T> | undefined = undefined
  linked = false

  constructor(value: T) {
    this.value = value
  }
}

/** A doubly linked list whose links are kept by whoever is in it: adding, leaving and going to the end are O(1). For what
 * comes and goes all the time: the tables that a `Set` has outgrown refer to the next, and when one has grown old, all
 * that was in those after it stays until the old generation is collected. */
export class Chain<T> {
  first: Link<T> | undefined = undefined
  last: Link<T> | undefined = undefined
  size = 0

  append(link: Link<T>): void {
    link.previous = this.last
    if (this.last === undefined) this.first = link
    else this.last.next = link
    this.last = link
    link.linked = true
    this.size++
  }

  /** At the end without a `next`. */
  insertBefore(link: Link<T>, next: Link<T> | undefined): void {
    if (next === undefined) {
      this.append(link)
      return
    }
    link.next = next
    link.previous = next.previous
    if (next.previous === undefined) this.first = link
    else next.previous.next = link
    next.previous = link
    link.linked = true
    this.size++
  }

  remove(link: Link<T>): void {
    if (!link.linked) return
    if (link.previous === undefined) this.first = link.next
    else link.previous.next = link.next
    if (link.next === undefined) this.last = link.previous
    else link.next.previous = link.previous
    link.next = undefined
    link.previous = undefined
    link.linked = false
    this.size--
  }

  /** Whoever leaves must not do so while it is gone through. */
  *[Symbol.iterator](): Generator<T, void, void> {
    for (let link = this.first; link !== undefined; link = link.next) yield link.value
  }
}
