// pnpm bench core [--quick] [--write]: builds what is measured, then measures it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, inForeground, main, root } from './commands.mjs'
import { pnpm } from './pnpm.mjs'
import { setUp } from './set-up.mjs'
import { step } from './terminal.mjs'

const bench = join(root, 'packages', 'bench')

await main(async () => {
  const [name = '', ...args] = process.argv.slice(2)
  if (!/^\w+$/.test(name) || !existsSync(join(bench, 'src', `${name}.ts`))) {
    throw new Failure('which bench? pnpm bench core [--quick] [--write] [--only millpond,tarn] [--rows peers,waiters]')
  }
  await setUp()
  await step('build @millpond/core and the bench', () => pnpm(['--filter', '@millpond/bench...', 'build']))
  return inForeground(process.execPath, [join('dist', `${name}.js`), ...args], { cwd: bench })
})
