import { environment, poolPackages } from '../environment.js'
import { type Effort, interleave } from '../interleave.js'
import { howOften, type RowGroup } from '../row-group.js'
import { contentionPlot } from './contention-plot.js'
import { type Row, ratios, table } from './report.js'
import { entrants, quickScenarios, scenarios } from './scenario.js'
import { targets } from './targets.js'

const full: Effort = { rounds: 9, processes: 3, warmUp: 1000, round: 250 }
const quick: Effort = { rounds: 6, processes: 3, warmUp: 200, round: 100 }

/** millpond beside the other pools and the floor. */
export const peerRows: RowGroup = {
  title: 'Beside other pools',
  marker: 'table',
  async measure({ isQuick, contenders, progress }) {
    const effort = isQuick ? quick : full
    const rows: Row[] = []
    for (const scenario of isQuick ? quickScenarios : scenarios) {
      progress(`${scenario.title}: `)
      rows.push({ scenario, summaries: await interleave(entrants(scenario, contenders), effort, progress) })
    }
    return {
      table: `${table(rows)}\n\n${howOften(effort)} ${environment(poolPackages(contenders))}`,
      verdicts: targets(rows),
      ratios: ratios(rows),
      plots: [contentionPlot(rows)],
    }
  },
}
