import { type ContenderName, contenderNames, peers } from '../contenders/index.js'
import { cell, markdownTable, times } from '../markdown.js'
import { ratio, steadyRatio } from '../ratio.js'
import { ratiosOf } from '../ratios-of.js'
import { geometricMean, type Summary } from '../statistics.js'
import type { Scenario } from './scenario.js'

/** What one scenario gave: the entrants' summaries, by name. */
export interface Row {
  readonly scenario: Scenario
  readonly summaries: ReadonlyMap<string, Summary>
}

/** The table, in Markdown: a row per scenario, then what `tryAcquire` costs beside `acquire`. */
export function table(rows: readonly Row[]): string {
  const present = contenderNames.filter((name) => rows.some(({ summaries }) => summaries.has(name)))
  const head = ['ns per acquire + release', ...present, 'throughput, × the fastest peer', "time, × the floor's"]
  const lines = rows.map((row) => [
    row.scenario.title,
    ...present.map((name) => cell(row.summaries.get(name))),
    timesFastestPeer(row),
    times(floorRatio(row)),
  ])
  const tried = rows.map(triedLine(present)).filter((line) => line !== undefined)
  return markdownTable(head, [...lines, ...tried])
}

const triedLine = (present: readonly ContenderName[]) => (row: Row) => {
  const share = tryRatio(row)
  if (share === undefined) return undefined
  const tried = row.summaries.get('millpond.tryAcquire')
  const cells = present.map((name) => (name === 'millpond' ? cell(tried) : ''))
  return [`${row.scenario.title}, \`tryAcquire\``, ...cells, '', `${times(share)} × acquire's`]
}

export function fastestPeer({ summaries }: Row): { name: ContenderName; summary: Summary } | undefined {
  const all = peers.flatMap((name) => {
    const summary = summaries.get(name)
    return summary === undefined ? [] : [{ name, summary }]
  })
  return all.sort((a, b) => a.summary.median - b.summary.median)[0]
}

/** How many operations millpond does in the time in which the fastest peer does one. */
export function peerRatio(row: Row): number | undefined {
  return ratio(fastestPeer(row)?.summary, row.summaries.get('millpond'))
}

/** How many operations millpond does in the time in which each other does one, in each row, by names that stay; and as
 * the geometric mean of all peers, which is steadier than any of them. By processor time. */
export function ratios(rows: readonly Row[]): Record<string, number> {
  const all = rows.flatMap((row) => {
    const { title } = row.scenario
    const timesOf = (name: string) => steadyRatio(row.summaries.get(name), row.summaries.get('millpond'))
    const others = contenderNames.filter((name) => name !== 'millpond')
    const beside = peers.map(timesOf).filter((times) => times !== undefined)
    return [
      ...others.map((name) => [`${title}, × ${name}`, timesOf(name)] as const),
      [`${title}, × the peers`, beside.length === 0 ? undefined : geometricMean(beside)] as const,
      [
        `${title}, tryAcquire × acquire`,
        steadyRatio(row.summaries.get('millpond'), row.summaries.get('millpond.tryAcquire')),
      ] as const,
    ]
  })
  return ratiosOf(all)
}

export function floorRatio({ summaries }: Row): number | undefined {
  return ratio(summaries.get('millpond'), summaries.get('floor'))
}

export function tryRatio({ summaries }: Row): number | undefined {
  return ratio(summaries.get('millpond.tryAcquire'), summaries.get('millpond'))
}

function timesFastestPeer(row: Row): string {
  const factor = peerRatio(row)
  return factor === undefined ? '' : `${factor.toFixed(1)} (${fastestPeer(row)?.name})`
}
