import { contenderNames } from '../contenders/index.js'
import type { Plot } from '../plots/plot.js'
import type { Row } from './report.js'

/** What each pool does a second, by how many borrow at once. */
export function contentionPlot(rows: readonly Row[]): Plot {
  const present = contenderNames.filter((name) => rows.some(({ summaries }) => summaries.has(name)))
  return {
    file: 'contention',
    title: 'Throughput by contention: ten connections',
    kind: 'points',
    x: { title: 'borrowers at once', scale: 'log' },
    y: { title: 'acquire + release per second', scale: 'log' },
    series: present.map((name) => ({
      name,
      points: rows.flatMap(({ scenario, summaries }) => {
        const summary = summaries.get(name)
        return summary === undefined ? [] : [[scenario.borrowers, 1e9 / summary.median] as const]
      }),
    })),
  }
}
