import { environment } from '../environment.js'
import { type Effort, interleave } from '../interleave.js'
import { howOften, type RowGroup } from '../row-group.js'
import { flatness } from './flatness.js'
import { growthPlot } from './growth-plot.js'
import { growthRatios } from './growth-ratios.js'
import { growthTable } from './growth-table.js'
import { type Measured, nameOf } from './measured.js'
import { type Series, series } from './series.js'

const effort = (isQuick: boolean, { operations }: Series): Effort =>
  isQuick ? { rounds: 3, warmUp: 200, round: 0, operations } : { rounds: 5, warmUp: 600, round: 0, operations }

/** Every third one, down from the largest. */
function quickSizes({ sizes }: Series): readonly number[] {
  return sizes.filter((_, index) => (sizes.length - 1 - index) % 3 === 0)
}

/** millpond alone, with ever more of something. */
function growthRows(series: Series): RowGroup {
  return {
    title: `With ever more ${series.name}`,
    marker: series.name,
    async measure({ isQuick, contenders, progress }) {
      if (!contenders.includes('millpond')) return undefined
      const columns = series.columns.filter(({ contender }) => contenders.includes(contender))
      const sizes = isQuick ? quickSizes(series) : series.sizes
      const tasks = sizes.flatMap((size) =>
        columns.map((column) => ({ name: nameOf(series, column, size), ...column.task(size) })),
      )
      progress(`${series.name}: `)
      const how = effort(isQuick, series)
      const measured: Measured = {
        series: { ...series, sizes },
        columns,
        summaries: await interleave(tasks, how, progress),
      }
      const note = `${howOften(how)} ${environment(['@millpond/core'])}`
      return {
        table: `${growthTable(measured)}\n\n${note}`,
        verdicts: flatness(measured),
        ratios: growthRatios(measured),
        plots: [growthPlot(measured)],
      }
    },
  }
}

export const connectionRows = growthRows(series.connections)
export const waiterRows = growthRows(series.waiters)
export const keyRows = growthRows(series.keys)
