import { quantile } from './statistics.js'
import type { Waits } from './waits.js'

/** In ascending order. */
export const waitShares = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 } as const satisfies Record<keyof Waits, number>

export function waitsOf(milliseconds: readonly number[]): Waits {
  return each((_, share) => quantile(milliseconds, share))
}

/** Of each of them, over all rounds that have them; nothing where none has. */
export function medianWaits(rounds: readonly { readonly waits?: Waits }[]): Waits | undefined {
  const all = rounds.flatMap(({ waits }) => (waits === undefined ? [] : [waits]))
  if (all.length === 0) return undefined
  return each((name) =>
    quantile(
      all.map((waits) => waits[name]),
      0.5,
    ),
  )
}

function each(value: (name: keyof Waits, share: number) => number): Waits {
  const names = Object.keys(waitShares) as (keyof Waits)[]
  return Object.fromEntries(names.map((name) => [name, value(name, waitShares[name])])) as unknown as Waits
}
