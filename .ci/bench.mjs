// pnpm bench [core] [http] [database] [--quick] [--write]: builds what is measured, then measures it.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { inForeground, main, root } from './commands.mjs'
import { pnpm } from './pnpm.mjs'
import { setUp } from './set-up.mjs'
import { step } from './terminal.mjs'
import { manifest } from './workspace.mjs'

const bench = 'packages/bench'
/** It asks what the import of every package costs; on this one it does not depend. */
const measured = [bench, 'packages/testing']

/** The folder of the package and those of all packages of this workspace that it depends on. */
function withDependencies(folder, found = new Set()) {
  found.add(folder)
  for (const name of Object.keys(manifest(folder).dependencies ?? {})) {
    const other = name.replace('@millpond/', 'packages/')
    if (other !== name && !found.has(other)) withDependencies(other, found)
  }
  return found
}

/** When each file below was written that goes into a build, or came out of one. */
function timesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'report', 'test'].includes(entry.name) || /\.(md|test\.ts)$/.test(entry.name))
      return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? timesBelow(path) : [statSync(path).mtimeMs]
  })
}

/** Building takes a minute, so it is left out where everything built is younger than all that it is built from. */
function isBuilt(folder) {
  const dist = join(root, folder, 'dist')
  const built = existsSync(dist) ? timesBelow(dist) : []
  return built.length > 0 && Math.max(...timesBelow(join(root, folder))) <= Math.min(...built)
}

await main(async () => {
  await setUp()
  if (!measured.every((folder) => [...withDependencies(folder)].every(isBuilt))) {
    const filters = measured.flatMap((folder) => ['--filter', `${manifest(folder).name}...`])
    await step('build the packages and the bench', () => pnpm([...filters, 'build']))
  }
  return inForeground(process.execPath, [join('dist', 'main.js'), ...process.argv.slice(2)], { cwd: join(root, bench) })
})
