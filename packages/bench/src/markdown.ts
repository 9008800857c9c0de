import type { Summary } from './statistics.js'

/** A table whose first column is text and whose others are figures. */
export function markdownTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return tableOf(
    head,
    head.map((_, column) => (column === 0 ? '---' : '---:')),
    lines,
  )
}

/** A table of nothing but text. */
export function textTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  return tableOf(
    head,
    head.map(() => '---'),
    lines,
  )
}

function tableOf(head: readonly string[], rule: readonly string[], lines: readonly (readonly string[])[]): string {
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** Median and spread, or nothing where nothing was measured. */
export function cell(summary: Summary | undefined): string {
  return summary === undefined ? '' : `${nanoseconds(summary.median)} ± ${nanoseconds(summary.spread)}`
}

export function times(ratio: number | undefined): string {
  return ratio === undefined ? '' : ratio.toFixed(2)
}

export const count = (value: number) => value.toLocaleString('en-US')

function nanoseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : count(Math.round(value))
}
