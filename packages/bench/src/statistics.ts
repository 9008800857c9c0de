import type { Waits } from './waits.js'

/** What many rounds of one entrant say together, in ns per operation. */
export interface Summary {
  readonly median: number
  /** Half the distance between the quartiles: half of the rounds lie within about this of the median. */
  readonly spread: number
  /** Processor time of the round that needed the least, where it was measured: what else the machine does has no share
   * in it. */
  readonly cpu?: number
  /** How long single operations took, where each was timed by itself: the median of the rounds. */
  readonly waits?: Waits
}

export function summarise(rounds: readonly number[]): Summary {
  return { median: quantile(rounds, 0.5), spread: (quantile(rounds, 0.75) - quantile(rounds, 0.25)) / 2 }
}

/** Linear between the two nearest values, as in most statistics packages. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('no quantile of no values')
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] as number
  const above = sorted[Math.ceil(position)] as number
  return below + (above - below) * (position - Math.floor(position))
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(values: readonly T[], random: () => number = Math.random): T[] {
  const result = [...values]
  for (let at = 0; at < result.length; at++) {
    const other = at + Math.floor(random() * (result.length - at))
    ;[result[at], result[other]] = [result[other] as T, result[at] as T]
  }
  return result
}
