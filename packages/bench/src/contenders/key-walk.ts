import { shuffled } from '../statistics.js'

/** Walks over keys in a random order, the same at every pass. */
export interface KeyWalk {
  /** As they are made. They are to be introduced in this order: where their pools lie in memory is not the order of the
   * walk, which the processor could foresee. */
  readonly keys: readonly string[]
  next(): string
}

export function keyWalk(count: number): KeyWalk {
  const keys = Array.from({ length: count }, (_, index) => `db-${index}.example:5432`)
  const order = shuffled(keys)
  let at = 0
  return {
    keys,
    next() {
      if (at === count) at = 0
      return order[at++] as string
    },
  }
}
