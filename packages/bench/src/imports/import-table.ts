import { count, markdownTable } from '../markdown.js'
import type { Summary } from '../statistics.js'
import type { BundleSize } from './bundle.js'

export interface ImportRow {
  readonly name: string
  /** ms; nothing where only the bundle is of interest. */
  readonly startUp?: Summary | undefined
  readonly size: BundleSize
}

/** The table, in Markdown: a line for each module. */
export function importTable(rows: readonly ImportRow[]): string {
  const head = ['import', 'start-up, ms', 'bundle, bytes', 'gzip', 'brotli']
  const lines = rows.map(({ name, startUp, size }) => [
    name,
    startUp === undefined ? '' : `${startUp.median.toFixed(1)} ± ${startUp.spread.toFixed(1)}`,
    ...[size.minified, size.gzip, size.brotli].map(count),
  ])
  return markdownTable(head, lines)
}
