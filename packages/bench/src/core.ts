// `pnpm bench core`: acquire + release, beside the other pools and the floor, with ever more of everything, and with
// every option.

import { parseArgs } from 'node:util'
import { choose } from './choose.js'
import { contenderNames } from './contenders/index.js'
import type { Findings } from './row-group.js'
import { type RowGroupName, rowGroupNames, rowGroups } from './row-groups.js'
import { writeBetween } from './write-between.js'

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    rows: { type: 'string' },
  },
})
const { contenders, chosen } = asked()
const print = (text: string) => void process.stdout.write(text)
const began = performance.now()

const found = new Map<RowGroupName, Findings>()
for (const name of chosen) {
  const findings = await rowGroups[name].measure({ isQuick: options.quick, contenders, progress: print })
  if (findings !== undefined) found.set(name, findings)
}

if (found.size === 0) fail('these rows are of millpond, whom --only leaves out')

const seconds = ((performance.now() - began) / 1000).toFixed(0)
const tables = [...found.values()].map(({ table }) => table)
const verdicts = [...found.values()].flatMap((findings) => findings.verdicts)
print(`\n${[...tables, verdicts.join('\n'), `measured in ${seconds} s`].filter(Boolean).join('\n\n')}\n`)
if (options.write) {
  for (const [name, { table }] of found) {
    writeBetween(new URL('../README.md', import.meta.url), rowGroups[name].marker, table)
  }
}

function asked() {
  try {
    return {
      contenders: choose('contender', options.only, contenderNames),
      chosen: choose('group of rows', options.rows, rowGroupNames),
    }
  } catch (error) {
    return fail((error as Error).message)
  }
}

function fail(why: string): never {
  console.error(why)
  process.exit(1)
}
