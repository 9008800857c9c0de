import type { Member } from './member.js'

/** Chooses one of several members, never none; `isTurn` when an acquire begins, not when it goes on from another member. */
export type Pick<R> = (candidates: readonly Member<R>[], isTurn: boolean) => Member<R>

/** How `balance` chooses. */
export type PickName = 'p2c' | 'round-robin' | 'least-leased'

/**
 * The less loaded of two drawn at random: nearly as even as looking at all of them, and where several balancers share
 * members they do not all run to the same one. (Mitzenmacher, “The Power of Two Choices in Randomized Load Balancing”,
 * IEEE TPDS 2001)
 */
function p2c<R>(random: () => number): Pick<R> {
  return (candidates) => {
    if (candidates.length === 1) return candidates[0] as Member<R>
    const one = draw(candidates.length, random)
    // Of the others: drawn among one fewer, and moved past the first.
    const drawn = draw(candidates.length - 1, random)
    const a = candidates[one] as Member<R>
    const b = candidates[drawn < one ? drawn : drawn + 1] as Member<R>
    return b.load < a.load ? b : a
  }
}

/** One of 0 to `n` - 1, even if `random` says 1. */
function draw(n: number, random: () => number): number {
  return Math.min(n - 1, Math.floor(random() * n))
}

/** The one after the last. */
function roundRobin<R>(): Pick<R> {
  let last = -1
  return (candidates, isTurn) => {
    const next = candidates.find(({ index }) => index > last) ?? (candidates[0] as Member<R>)
    if (isTurn) last = next.index
    return next
  }
}

/** The least loaded of all; of several, the one after the last. */
function leastLeased<R>(): Pick<R> {
  const next = roundRobin<R>()
  return (candidates, isTurn) => {
    const loads = candidates.map(({ load }) => load)
    const least = Math.min(...loads)
    return next(
      candidates.filter((_, i) => loads[i] === least),
      isTurn,
    )
  }
}

/** The one that comes first in the list. */
export function first<R>(): Pick<R> {
  return (candidates) => candidates[0] as Member<R>
}

export function pickBy<R>(name: PickName, random: () => number): Pick<R> {
  if (name === 'round-robin') return roundRobin()
  return name === 'p2c' ? p2c(random) : leastLeased()
}
