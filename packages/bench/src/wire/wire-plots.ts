import type { Plot, Point } from '../plots/plot.js'
import type { Summary } from '../statistics.js'
import type { Waits } from '../waits.js'
import { waitShares } from '../waits-of.js'
import type { Row } from './comparison.js'

/** Where a plot goes and what stands above it. */
type Heading = Pick<Plot, 'file' | 'title'>

/** What each does a second, by how many ask at once. */
export function throughputPlot(heading: Heading, entrants: readonly string[], rows: readonly Row[]): Plot {
  return {
    ...heading,
    kind: 'points',
    x: { title: 'callers at a time', scale: 'log' },
    y: { title: 'answers per second' },
    series: linesOf(entrants, (name) =>
      rows.flatMap(({ callers, summaries }) => {
        const summary = summaries.get(name)
        return summary === undefined ? [] : [[callers, 1e9 / summary.median] as const]
      }),
    ),
  }
}

/** How long callers wait for an answer: half of them, and the unluckiest. */
export function waitPlot(heading: Heading, entrants: readonly string[], { summaries }: Row): Plot {
  return {
    ...heading,
    kind: 'points',
    x: { title: 'percentile of the callers' },
    y: { title: 'ms to an answer', scale: 'log' },
    series: linesOf(entrants, (name) => pointsOf(summaries.get(name))),
  }
}

function pointsOf(summary: Summary | undefined): Point[] {
  if (summary?.waits === undefined) return []
  const { waits } = summary
  const names = Object.keys(waitShares) as (keyof Waits)[]
  return names.map((name) => [`${Number((waitShares[name] * 100).toFixed(1))} %`, waits[name]])
}

function linesOf(entrants: readonly string[], points: (name: string) => readonly Point[]): Plot['series'] {
  return entrants.map((name) => ({ name, points: points(name) })).filter((line) => line.points.length > 0)
}
