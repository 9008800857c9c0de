import { quantile } from '../statistics.js'

/** Ours beside others', higher is better, by the group and the name of the ratio in it: `core/peers: sequential, × tarn`. */
export type Ratios = Readonly<Record<string, number>>

const between = ': '

export function namedIn(group: string, ratios: Ratios): Ratios {
  return Object.fromEntries(Object.entries(ratios).map(([name, ratio]) => [`${group}${between}${name}`, ratio]))
}

export function groupOf(name: string): string {
  return name.slice(0, name.indexOf(between))
}

/** Of each ratio, over several times that all were measured. */
export function medianOf(all: readonly Ratios[]): Ratios {
  const names = new Set(all.flatMap(Object.keys))
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      quantile(
        all.map((ratios) => ratios[name]).filter((ratio) => ratio !== undefined),
        0.5,
      ),
    ]),
  )
}
