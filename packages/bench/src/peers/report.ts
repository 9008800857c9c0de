import { type ContenderName, contenderNames, peers } from '../contenders/index.js'
import { cell, markdownTable, times } from '../markdown.js'
import { ratio } from '../ratio.js'
import type { Summary } from '../statistics.js'
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
