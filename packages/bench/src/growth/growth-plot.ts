import type { Plot } from '../plots/plot.js'
import { type Measured, nameOf } from './measured.js'
import type { Series } from './series.js'

/** What an operation costs, by how many there are. */
export function growthPlot({ series, columns, summaries }: Measured): Plot {
  return {
    file: series.name,
    title: `Cost by number of ${series.name}`,
    kind: 'points',
    x: { title: series.name, scale: 'log' },
    y: { title: 'ns per acquire + release', scale: 'log' },
    series: columns.map((column) => ({
      name: column.contender === 'floor' ? 'floor' : inLegend(series, column.title),
      points: series.sizes.flatMap((size) => {
        const summary = summaries.get(nameOf(series, column, size))
        return summary === undefined ? [] : [[size, summary.median] as const]
      }),
    })),
  }
}

/** The columns of ours are called by what sets them apart. */
function inLegend({ columns }: Series, title: string): string {
  const ours = columns.filter(({ contender }) => contender === 'millpond')
  return ours.length > 1 ? `millpond, ${title}` : title
}
