import type { RowGroup } from './row-group.js'

/** What is compared with one another. */
export interface Suite {
  /** In the report. */
  readonly title: string
  /** How each is tuned, by the names that `--only` takes. */
  readonly contenders: Readonly<Record<string, string>>
  /** Who takes part in a hurried run where nobody is named. Default everybody. */
  readonly hurried?: readonly string[]
  /** By the names that `--rows` takes, in the order of the report. */
  readonly rowGroups: Readonly<Record<string, RowGroup>>
}

/** By the names that the command takes. */
export type Suites = Readonly<Record<string, Suite>>
