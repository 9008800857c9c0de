import { cell, markdownTable, times } from '../markdown.js'
import { ratio } from '../ratio.js'
import type { Summary } from '../statistics.js'
import { type Crowd, crowds, type Line, lines, nameOf } from './option-lines.js'

/** The table, in Markdown: a row for each option, beside the first row that takes connections by the same call. */
export function optionTable(summaries: ReadonlyMap<string, Summary>): string {
  const summaryOf = (line: Line, crowd: Crowd) => summaries.get(nameOf(line, crowd))
  const off = (line: Line) => lines.find(({ by }) => by === line.by) as Line
  const head = ['ns per acquire + release', ...crowds.flatMap(({ title }) => [title, '× off'])]
  return markdownTable(
    head,
    lines.map((line) => [
      line.title,
      ...crowds.flatMap((crowd) => {
        const summary = summaryOf(line, crowd)
        return [cell(summary), times(ratio(summary, summaryOf(off(line), crowd)))]
      }),
    ]),
  )
}
