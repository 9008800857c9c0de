import { contenderNames } from '../contenders/index.js'
import { environment, poolPackages } from '../environment.js'
import type { Plot } from '../plots/plot.js'
import type { RowGroup } from '../row-group.js'
import { type Column, costTable, probesOf, ratiosOf } from './cost-table.js'
import { type Found, type Repetition, repeated } from './repeated.js'

/** What each process finds out, as a table of all contenders. */
export interface CostRows {
  readonly marker: string
  readonly title: string
  /** Over the column of names. */
  readonly head: string
  columns(isQuick: boolean): readonly Column[]
  repetition(isQuick: boolean): Repetition
  verdicts?(columns: readonly Column[], found: Found): readonly string[]
  plots?(columns: readonly Column[], found: Found): readonly Plot[]
}

export function costRows({ marker, title, head, columns, repetition, verdicts, plots }: CostRows): RowGroup {
  return {
    marker,
    title,
    async measure({ isQuick, contenders, progress }) {
      const present = contenderNames.filter((name) => contenders.includes(name))
      const shown = columns(isQuick)
      const probes = probesOf(shown, present)
      if (probes.size === 0) return undefined
      const how = repetition(isQuick)
      progress(`${marker}: `)
      const found = await repeated(probes, how, progress)
      return {
        table: `${costTable(head, shown, found)}\n\n${howOften(how)} ${environment(poolPackages(present))}`,
        verdicts: verdicts?.(shown, found) ?? [],
        ratios: ratiosOf(shown, found),
        plots: plots?.(shown, found) ?? [],
      }
    },
  }
}

function howOften({ rounds, patience }: Repetition): string {
  const often =
    rounds === 1
      ? 'One process of each.'
      : `Median of ${rounds} processes of each ± half the distance between the quartiles.`
  return patience === undefined ? often : `${often} Who came to no end had ${patience / 1000} s for it.`
}
