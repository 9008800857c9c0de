import type { Effort } from './interleave.js'
import type { Plot } from './plots/plot.js'

/** How one call of the bench was meant. */
export interface Run {
  readonly isQuick: boolean
  /** Who takes part: `--only`. */
  readonly contenders: readonly string[]
  /** Shows how far it has come. */
  readonly progress: (text: string) => void
}

/** What one group of rows gave. */
export interface Findings {
  /** In Markdown: the table, and how often was measured. */
  readonly table: string
  /** Whether what the pool is to reach was reached; a line each. */
  readonly verdicts: readonly string[]
  /** Ours beside others', higher is better, by a name that stays the same from run to run: what the regression check
   * compares. */
  readonly ratios?: Readonly<Record<string, number>>
  readonly plots?: readonly Plot[]
}

/** Rows that are measured together and make one table. */
export interface RowGroup {
  /** Its heading in the report. Default its name. */
  readonly title?: string
  /** The markers in README.md between which its table stands. */
  readonly marker: string
  /** Resolves with nothing when none of those who take part has a row in it, or there is no time for any. */
  measure(run: Run): Promise<Findings | undefined>
}

/** By how many rounds, for the note below a table. */
export function howOften({ rounds, processes = 1, round, operations }: Effort): string {
  const each = operations === undefined ? `${round} ms` : `${operations.toLocaleString('en-US')} operations`
  const where = processes === 1 ? '' : `, in ${processes} processes of each,`
  return `Median of ${rounds} rounds${where} of ${each} ± half the distance between the quartiles.`
}
