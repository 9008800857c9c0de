import { environment } from '../environment.js'
import { type Effort, interleave } from '../interleave.js'
import { howOften, type RowGroup } from '../row-group.js'
import type { Summary } from '../statistics.js'
import { crowds, tasks } from './option-lines.js'
import { optionRatios, optionTable } from './option-table.js'

const full: Effort = { rounds: 7, warmUp: 400, round: 100 }
const quick: Effort = { rounds: 3, warmUp: 100, round: 50 }

/** The floor, and millpond with its options off, on one by one, and all on. */
export const optionRows: RowGroup = {
  title: 'With its options',
  marker: 'options',
  async measure({ isQuick, contenders, progress }) {
    if (!contenders.includes('millpond')) return undefined
    const effort = isQuick ? quick : full
    const summaries = new Map<string, Summary>()
    for (const crowd of isQuick ? crowds.slice(0, 1) : crowds) {
      progress(`options, ${crowd.title}: `)
      for (const [name, summary] of await interleave(tasks(crowd, contenders), effort, progress))
        summaries.set(name, summary)
    }
    return {
      table: `${optionTable(summaries)}\n\n${howOften(effort)} ${environment(['@millpond/core'])}`,
      verdicts: [],
      ratios: optionRatios(summaries),
    }
  },
}
