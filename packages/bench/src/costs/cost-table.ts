import { type ContenderName, contenderNames } from '../contenders/index.js'
import { count, markdownTable } from '../markdown.js'
import type { Plot } from '../plots/plot.js'
import type { Summary } from '../statistics.js'
import type { Probe } from './probe.js'
import type { Found } from './repeated.js'

/** One figure of every contender that has it. */
export interface Column {
  readonly title: string
  /** Nothing for who has no such thing. */
  probe(contender: ContenderName): Probe | undefined
  /** Of those that the probe finds. */
  readonly figure: string
  /** Behind the decimal point. */
  readonly digits: number
  /** Of the ratio in which the best peer's figure stands to ours, where it is steady from run to run. */
  readonly ratio?: string
}

export const nameOf = (probe: Probe): string => JSON.stringify(probe)

/** Each once, though several columns may read it. */
export function probesOf(columns: readonly Column[], contenders: readonly ContenderName[]): Map<string, Probe> {
  const probes = columns.flatMap((column) => contenders.map((contender) => column.probe(contender)))
  return new Map(probes.flatMap((probe) => (probe === undefined ? [] : [[nameOf(probe), probe] as const])))
}

const endless: Summary = { median: Number.POSITIVE_INFINITY, spread: 0 }

/** Nothing where nothing was measured; what came to no end is worse than any figure. */
export function summaryOf(found: Found, column: Column, contender: ContenderName): Summary | undefined {
  const figures = figuresOf(found, column, contender)
  return figures === 'unfinished' ? endless : figures?.[column.figure]
}

/** The table, in Markdown: a line for each contender that has any of the figures. */
export function costTable(head: string, columns: readonly Column[], found: Found): string {
  const present = contenderNames.filter((name) =>
    columns.some((column) => figuresOf(found, column, name) !== undefined),
  )
  const lines = present.map((name) => [name, ...columns.map((column) => cell(found, column, name))])
  return markdownTable([head, ...columns.map(({ title }) => title)], lines)
}

/** How many times ours the best peer's is: lower figures are better. */
export function ratiosOf(columns: readonly Column[], found: Found): Record<string, number> {
  const named = columns.flatMap((column) => {
    const ours = summaryOf(found, column, 'millpond')
    const best = bestPeer(column, found)
    return column.ratio === undefined || ours === undefined || best === undefined || ours.median <= 0
      ? []
      : [[column.ratio, best / ours.median] as const]
  })
  return Object.fromEntries(named)
}

/** Bars side by side: of those alone who have all of the figures, and above zero. */
export function barsOf(plot: Pick<Plot, 'file' | 'title' | 'y'>, columns: readonly Column[], found: Found): Plot[] {
  const heights = (name: ContenderName) => columns.map((column) => summaryOf(found, column, name)?.median ?? 0)
  const present = contenderNames.filter((name) =>
    heights(name).every((height) => height > 0 && Number.isFinite(height)),
  )
  if (present.length === 0) return []
  const series = columns.map(({ title }, index) => ({
    name: title,
    points: present.map((name) => [name, heights(name)[index] as number] as const),
  }))
  return [{ ...plot, kind: 'bars', x: { title: '' }, series }]
}

function bestPeer(column: Column, found: Found): number | undefined {
  const peers = contenderNames.filter((name) => name !== 'floor' && name !== 'millpond')
  const all = peers.flatMap((name) => summaryOf(found, column, name)?.median ?? []).filter(Number.isFinite)
  return all.length === 0 ? undefined : Math.min(...all)
}

function figuresOf(found: Found, column: Column, contender: ContenderName) {
  const probe = column.probe(contender)
  return probe === undefined ? undefined : found.get(nameOf(probe))
}

function cell(found: Found, column: Column, contender: ContenderName): string {
  const figures = figuresOf(found, column, contender)
  if (figures === 'unfinished') return 'came to no end'
  const summary = figures?.[column.figure]
  if (summary === undefined) return ''
  return `${written(summary.median, column.digits)} ± ${written(summary.spread, column.digits)}`
}

function written(value: number, digits: number): string {
  return digits === 0 ? count(Math.round(value)) : value.toFixed(digits)
}
