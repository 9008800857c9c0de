import { exponential, sampler } from './latency.js'
import type { Arrivals } from './load.js'

type OpenArrivals = Exclude<Arrivals, { readonly kind: 'closed' }>

/** When the next request of an open load comes, given when the last one did: ms from the beginning, `Infinity` for never. */
export function nextArrival(arrivals: OpenArrivals, random: () => number): (last: number) => number {
  switch (arrivals.kind) {
    case 'poisson': {
      const gap = gapOf(arrivals.rate, random)
      return (last) => last + gap()
    }
    case 'bursty':
      return nextInBursts(arrivals, random)
    case 'timestamps': {
      const { at } = arrivals
      let n = 0
      return () => at[n++] ?? Number.POSITIVE_INFINITY
    }
  }
}

function nextInBursts(
  { rate, peak, calm, burst }: Arrivals & { readonly kind: 'bursty' },
  random: () => number,
): (last: number) => number {
  const phases = [
    { gap: gapOf(rate, random), length: sampler(calm, random) },
    { gap: gapOf(peak, random), length: sampler(burst, random) },
  ] as const
  let isBurst = 0
  let end = phases[0].length()
  return (last) => {
    let from = last
    for (;;) {
      const next = from + (phases[isBurst] ?? phases[0]).gap()
      if (next < end) return next
      // What comes after the phase is drawn anew at the rate of the next: a Poisson process has no memory.
      from = Math.max(from, end)
      isBurst = 1 - isBurst
      end += (phases[isBurst] ?? phases[0]).length()
    }
  }
}

function gapOf(rate: number, random: () => number): () => number {
  return sampler(exponential({ mean: 1_000 / rate }), random)
}
