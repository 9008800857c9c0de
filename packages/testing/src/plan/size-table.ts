import { digits, percent } from './in-words.js'
import type { Plan } from './make-plan.js'
import type { SizeTrial } from './size-trial.js'

const head = ['size', 'p50 wait', 'p99 wait', 'max wait', 'utilisation', 'opened', 'timed out']

/** The sizes that were simulated, one a line; waits are ms. */
export function sizeTable({ trials, recommended }: Plan): string {
  const rows = [head, ...trials.map(cellsOf)]
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  '))
  const marks = ['', ...trials.map(({ size }) => (size === recommended ? '  ← recommended' : ''))]
  return lines.map((line, n) => `${line}${marks[n]}\n`).join('')
}

function cellsOf({ size, wait, utilisation, opened, timedOut }: SizeTrial): readonly string[] {
  const waits = [wait.p50, wait.p99, wait.max].map(digits)
  return [String(size), ...waits, percent(utilisation), String(opened), String(timedOut)]
}
