import { cell, markdownTable, times } from '../markdown.js'
import { ratio } from '../ratio.js'
import { ratiosOf } from '../ratios-of.js'
import type { Summary } from '../statistics.js'
import { type Crowd, crowds, floorName, type Line, lines, nameOf, offOf } from './option-lines.js'

type Summaries = ReadonlyMap<string, Summary>

/** The table, in Markdown: the floor, then a row for each option, beside the first that takes connections by the same
 * call. */
export function optionTable(summaries: Summaries): string {
  const present = crowds.filter((crowd) => lines.some((line) => summaries.has(nameOf(line, crowd))))
  const head = ['ns per acquire + release', ...present.flatMap(({ title }) => [title, '× off'])]
  const cells = (title: string, summaryOf: (crowd: Crowd) => Summary | undefined, line: Line) => [
    title,
    ...present.flatMap((crowd) => [
      cell(summaryOf(crowd)),
      times(ratio(summaryOf(crowd), summaries.get(nameOf(offOf(line), crowd)))),
    ]),
  ]
  const floor = cells('the floor', (crowd) => summaries.get(floorName(crowd)), lines[0] as Line)
  const options = lines.map((line) => cells(line.title, (crowd) => summaries.get(nameOf(line, crowd)), line))
  return markdownTable(head, present.some((crowd) => summaries.has(floorName(crowd))) ? [floor, ...options] : options)
}

/** What is left of the throughput with each option on, by names that stay. */
export function optionRatios(summaries: Summaries): Record<string, number> {
  const all = crowds.flatMap((crowd) =>
    lines
      .filter((line) => line !== offOf(line))
      .map((line) => {
        const name = `${nameOf(line, crowd)}, × off`
        return [name, ratio(summaries.get(nameOf(offOf(line), crowd)), summaries.get(nameOf(line, crowd)))] as const
      }),
  )
  return ratiosOf(all)
}
