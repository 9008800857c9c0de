import { type ContenderName, contenderNames, peers } from './contenders/index.js'
import type { Row } from './run-scenario.js'
import type { Summary } from './statistics.js'

/** The table, in Markdown: a row per scenario, then what `tryAcquire` costs beside `acquire`. */
export function table(rows: readonly Row[]): string {
  const present = contenderNames.filter((name) => rows.some(({ summaries }) => summaries.has(name)))
  const head = ['ns per acquire + release', ...present, 'throughput, × the fastest peer', "time, × the floor's"]
  const lines = rows.map((row) => [
    row.scenario.title,
    ...present.map((name) => cell(row.summaries.get(name))),
    timesFastestPeer(row),
    timesFloor(row),
  ])
  const tried = rows.map(triedLine(present)).filter((line) => line !== undefined)
  return [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...lines, ...tried]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}

const triedLine = (present: readonly ContenderName[]) => (row: Row) => {
  const ratio = tryRatio(row)
  if (ratio === undefined) return undefined
  const tried = row.summaries.get('millpond.tryAcquire')
  const cells = present.map((name) => (name === 'millpond' ? cell(tried) : ''))
  return [`${row.scenario.title}, \`tryAcquire\``, ...cells, '', `${ratio.toFixed(2)} × acquire's`]
}

function cell(summary: Summary | undefined): string {
  return summary === undefined ? '' : `${nanoseconds(summary.median)} ± ${nanoseconds(summary.spread)}`
}

function nanoseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString('en-US')
}

export function fastestPeer({ summaries }: Row): { name: ContenderName; median: number } | undefined {
  const medians = peers.flatMap((name) => {
    const summary = summaries.get(name)
    return summary === undefined ? [] : [{ name, median: summary.median }]
  })
  return medians.sort((a, b) => a.median - b.median)[0]
}

/** How many operations millpond does in the time in which the fastest peer does one. */
export function peerRatio(row: Row): number | undefined {
  return ratio(fastestPeer(row)?.median, row.summaries.get('millpond')?.median)
}

export function floorRatio({ summaries }: Row): number | undefined {
  return ratio(summaries.get('millpond')?.median, summaries.get('floor')?.median)
}

export function tryRatio({ summaries }: Row): number | undefined {
  return ratio(summaries.get('millpond.tryAcquire')?.median, summaries.get('millpond')?.median)
}

const ratio = (above: number | undefined, below: number | undefined) =>
  above === undefined || below === undefined ? undefined : above / below

function timesFastestPeer(row: Row): string {
  const times = peerRatio(row)
  return times === undefined ? '' : `${times.toFixed(1)} (${fastestPeer(row)?.name})`
}

function timesFloor(row: Row): string {
  return floorRatio(row)?.toFixed(2) ?? ''
}
