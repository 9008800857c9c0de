import { environment, poolPackages } from '../environment.js'
import { type Effort, interleave } from '../interleave.js'
import { howOften, type RowGroup } from '../row-group.js'
import { type Row, table } from './report.js'
import { entrants, scenarios } from './scenario.js'
import { targets } from './targets.js'

const full: Effort = { rounds: 9, warmUp: 1000, round: 250 }
const quick: Effort = { rounds: 5, warmUp: 400, round: 200 }

/** millpond beside the other pools and the floor. */
export const peerRows: RowGroup = {
  marker: 'table',
  async measure({ isQuick, contenders, progress }) {
    const effort = isQuick ? quick : full
    const rows: Row[] = []
    for (const scenario of scenarios) {
      progress(`${scenario.title}: `)
      rows.push({ scenario, summaries: await interleave(entrants(scenario, contenders), effort, progress) })
    }
    return {
      table: `${table(rows)}\n\n${howOften(effort)} ${environment(poolPackages(contenders))}`,
      verdicts: targets(rows),
    }
  },
}
