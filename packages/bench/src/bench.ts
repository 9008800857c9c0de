import type { Checked } from './baseline/checked.js'
import type { Suites } from './suite.js'

/** All that the command works with. */
export interface Bench {
  readonly suites: Suites
  /** What the regression check measures. */
  readonly checked: readonly Checked[]
  /** Where the tables stand between markers. */
  readonly readme: URL
  /** Other files with markers that have the table of a group, too, by its full name. */
  readonly headlines?: Readonly<Record<string, URL>>
  /** The folder of the report, the findings and the baseline. */
  readonly report: URL
  readonly print: (text: string) => void
}
