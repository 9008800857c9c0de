import { parseArgs } from 'node:util'
import { choose } from './choose.js'
import type { Findings, RowGroup } from './row-group.js'
import { writeBetween } from './write-between.js'

export interface Command {
  /** By the names that `--rows` takes, in the order of the report. */
  readonly rowGroups: Readonly<Record<string, RowGroup>>
  /** The names that `--only` takes. */
  readonly contenders: readonly string[]
}

const print = (text: string) => void process.stdout.write(text)

/** One `pnpm bench` with its arguments: measures the groups asked for, prints their tables, and which targets were
 * reached; with `--write`, puts the tables into the README. */
export async function run({ rowGroups, contenders }: Command): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      only: { type: 'string' },
      rows: { type: 'string' },
    },
  })
  const asked = choosing(() => ({
    contenders: choose('contender', options.only, contenders),
    groups: choose('group of rows', options.rows, Object.keys(rowGroups)),
  }))
  const began = performance.now()

  const found = new Map<RowGroup, Findings>()
  for (const name of asked.groups) {
    const group = rowGroups[name] as RowGroup
    const findings = await group.measure({ isQuick: options.quick, contenders: asked.contenders, progress: print })
    if (findings !== undefined) found.set(group, findings)
  }
  if (found.size === 0) fail('these rows are of millpond, whom --only leaves out')

  const seconds = ((performance.now() - began) / 1000).toFixed(0)
  const tables = [...found.values()].map(({ table }) => table)
  const verdicts = [...found.values()].flatMap((findings) => findings.verdicts)
  print(`\n${[...tables, verdicts.join('\n'), `measured in ${seconds} s`].filter(Boolean).join('\n\n')}\n`)
  if (options.write) {
    for (const [{ marker }, { table }] of found) writeBetween(new URL('../README.md', import.meta.url), marker, table)
  }
}

function choosing<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    return fail((error as Error).message)
  }
}

function fail(why: string): never {
  console.error(why)
  process.exit(1)
}
