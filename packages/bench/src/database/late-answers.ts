import { markdownTable } from '../markdown.js'
import type { Comparison, Row } from '../wire/comparison.js'

/** How long one in a hundred callers waits for an answer, or longer. */
export function lateTable(clients: readonly string[], rows: readonly Row[]): string {
  const lines = rows.map(({ title, summaries }) => [
    title,
    ...clients.map((client) => summaries.get(client)?.waits?.p99.toFixed(2) ?? ''),
  ])
  return markdownTable(['p99 of the time to an answer, ms', ...clients], lines)
}

/** Whether it is less than the peers', where a crowd waits. */
export function lateVerdicts({ ours, targets }: Comparison, rows: readonly Row[]): string[] {
  return rows
    .filter(({ callers }) => callers >= 1_000)
    .flatMap(({ title, summaries }) =>
      targets.flatMap(({ peer }) => {
        const [own, other] = [summaries.get(ours)?.waits?.p99, summaries.get(peer)?.waits?.p99]
        if (own === undefined || other === undefined) return []
        return `${own < other ? 'reached' : 'MISSED '}  ${title}: p99 ${own.toFixed(1)} ms (below ${peer}'s ${other.toFixed(1)} ms)`
      }),
    )
}
