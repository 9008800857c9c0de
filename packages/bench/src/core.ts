// `pnpm bench core`: acquire + release, beside the other pools and the floor.

import { parseArgs } from 'node:util'
import { type ContenderName, contenderNames, isContender } from './contenders/index.js'
import { environment } from './environment.js'
import { table } from './report.js'
import { type Effort, type Row, runScenario } from './run-scenario.js'
import { entrants, scenarios } from './scenario.js'
import { targets } from './targets.js'
import { writeBetween } from './write-between.js'

const full: Effort = { rounds: 9, warmUp: 1000, round: 250 }
const quick: Effort = { rounds: 5, warmUp: 400, round: 200 }

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})

const effort = options.quick ? quick : full
const contenders = chosen(options.only)
const print = (text: string) => void process.stdout.write(text)
const began = performance.now()

const rows: Row[] = []
for (const scenario of scenarios) {
  rows.push(await runScenario(scenario, entrants(scenario, contenders), effort, print))
}

const seconds = ((performance.now() - began) / 1000).toFixed(0)
const note = `Median of ${effort.rounds} rounds of ${effort.round} ms ± half the distance between the quartiles. `
const report = `${table(rows)}\n\n${note}${environment(contenders)}`
print(`\n${[report, targets(rows).join('\n'), `measured in ${seconds} s`].filter(Boolean).join('\n\n')}\n`)
if (options.write) writeBetween(new URL('../README.md', import.meta.url), 'table', report)

function chosen(only: string | undefined): ContenderName[] {
  const names = only?.split(',') ?? contenderNames
  const unknown = names.filter((name) => !isContender(name))
  if (unknown.length === 0) return names.filter(isContender)
  console.error(`no contender is called ${unknown.join(' or ')}; there are ${contenderNames.join(', ')}`)
  process.exit(1)
}
