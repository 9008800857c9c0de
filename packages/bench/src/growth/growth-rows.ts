import { environment } from '../environment.js'
import { type Effort, interleave } from '../interleave.js'
import { howOften, type RowGroup } from '../row-group.js'
import { flatness } from './flatness.js'
import { growthTable } from './growth-table.js'
import { type Measured, nameOf } from './measured.js'
import { type Series, series } from './series.js'

const effort = (isQuick: boolean, { operations }: Series): Effort =>
  isQuick ? { rounds: 3, warmUp: 200, round: 0, operations } : { rounds: 5, warmUp: 600, round: 0, operations }

/** millpond alone, with ever more of something. */
function growthRows(series: Series): RowGroup {
  return {
    marker: series.name,
    async measure({ isQuick, contenders, progress }) {
      if (!contenders.includes('millpond')) return undefined
      const columns = series.columns.filter(({ contender }) => contenders.includes(contender))
      const tasks = series.sizes.flatMap((size) =>
        columns.map((column) => ({ name: nameOf(series, column, size), ...column.task(size) })),
      )
      progress(`${series.name}: `)
      const how = effort(isQuick, series)
      const measured: Measured = { series, columns, summaries: await interleave(tasks, how, progress) }
      const note = `${howOften(how)} ${environment(['@millpond/core'])}`
      return { table: `${growthTable(measured)}\n\n${note}`, verdicts: flatness(measured) }
    },
  }
}

export const connectionRows = growthRows(series.connections)
export const waiterRows = growthRows(series.waiters)
export const keyRows = growthRows(series.keys)
