import { cell, count, markdownTable, times } from '../markdown.js'
import { floorOf, growth, growthBeyondFloor, type Measured, millpondOf, nameOf } from './measured.js'

/** The table, in Markdown: a row for each size, and after each figure how many times the cheapest of its column it is. */
export function growthTable(measured: Measured): string {
  const { series, columns, summaries } = measured
  const compared = floorOf(measured) === undefined ? [] : millpondOf(measured)
  const head = [
    `ns per acquire + release, ${series.name}`,
    ...columns.flatMap(({ title }) => [title, '× the cheapest']),
    ...compared.map(() => "growth, × the floor's"),
  ]
  const lines = series.sizes.map((size) => [
    count(size),
    ...columns.flatMap((column) => [
      cell(summaries.get(nameOf(series, column, size))),
      times(growth(measured, column, size)),
    ]),
    ...compared.map((column) => times(growthBeyondFloor(measured, column, size))),
  ])
  return markdownTable(head, lines)
}
