import { count, markdownTable, times } from '../markdown.js'
import { ratio } from '../ratio.js'
import { ratiosOf } from '../ratios-of.js'
import { geometricMean, type Summary } from '../statistics.js'
import { verdict } from '../verdict.js'

/** Who is compared, and what is to be reached. */
export interface Comparison<Name extends string = string> {
  readonly entrants: readonly Name[]
  readonly ours: Name
  readonly targets: readonly Target<Name>[]
}

/** Ours in throughput, × a peer's. */
export interface Target<Name extends string = string> {
  readonly peer: Name
  /** As the geometric mean of all rows. */
  readonly mean: number
  /** In every row. */
  readonly row?: number
}

/** What one scenario gave: the entrants' summaries, by name. */
export interface Row {
  readonly title: string
  /** Who ask at once. */
  readonly callers: number
  readonly summaries: ReadonlyMap<string, Summary>
}

/** The table, in Markdown: operations per second of each, and ours × each other's. */
export function compared({ entrants, ours }: Comparison, rows: readonly Row[]): string {
  const present = entrants.filter((name) => rows.some(({ summaries }) => summaries.has(name)))
  const others = present.includes(ours) ? present.filter((name) => name !== ours) : []
  const head = ['per second', ...present, ...others.map((name) => `× ${name}`)]
  const lines = rows.map((row) => [
    row.title,
    ...present.map((name) => perSecond(row.summaries.get(name))),
    ...others.map((name) => times(throughput(row, ours, name))),
  ])
  const means = others.map((name) => times(meanThroughput(rows, ours, name)))
  return markdownTable(head, [...lines, ['geometric mean', ...present.map(() => ''), ...means]])
}

/** Ours in throughput, × each other's, in each row and as the geometric mean; by names that stay. */
export function throughputRatios({ entrants, ours }: Comparison, rows: readonly Row[]): Record<string, number> {
  const others = entrants.filter((name) => name !== ours)
  const all = others.flatMap((name) => [
    ...rows.map((row) => [`${row.title}, × ${name}`, throughput(row, ours, name)] as const),
    [`geometric mean, × ${name}`, meanThroughput(rows, ours, name)] as const,
  ])
  return ratiosOf(all)
}

export function reachedTargets({ ours, targets }: Comparison, rows: readonly Row[]): string[] {
  return targets
    .flatMap(({ peer, mean, row: each }) => [
      verdict(`throughput of ${ours}, × ${peer}'s, geometric mean`, meanThroughput(rows, ours, peer), 'at least', mean),
      ...rows.map((row) =>
        each === undefined
          ? undefined
          : verdict(`${row.title}: throughput, × ${peer}'s`, throughput(row, ours, peer), 'at least', each),
      ),
    ])
    .filter((line) => line !== undefined)
}

function throughput({ summaries }: Row, ours: string, peer: string): number | undefined {
  return ratio(summaries.get(peer), summaries.get(ours))
}

function meanThroughput(rows: readonly Row[], ours: string, peer: string): number | undefined {
  const all = rows.map((row) => throughput(row, ours, peer)).filter((value) => value !== undefined)
  return all.length === 0 ? undefined : geometricMean(all)
}

function perSecond(summary: Summary | undefined): string {
  if (summary === undefined) return ''
  const rate = 1e9 / summary.median
  return `${count(Math.round(rate))} ± ${count(Math.round((rate * summary.spread) / summary.median))}`
}
