// npm start: sets up, then runs the main job: each example as `pnpm --filter … start` would, without pnpm between the
// terminal and the program, so that signals and the exit code pass unchanged. Ends with the first that fails.

import { join } from 'node:path'
import { inForeground, main, root } from './commands.mjs'
import { setUp } from './set-up.mjs'

const examples = [
  // Its options are those of `npm start`.
  { folder: 'keep-alive', args: process.argv.slice(2) },
  { folder: 'guarded-server', args: [] },
  { folder: 'reloaded-server', args: [] },
  { folder: 'databases', program: 'src/restart/main.ts', args: [] },
]

await main(async () => {
  await setUp()
  for (const { folder, program = 'src/main.ts', args } of examples) {
    const code = await inForeground(process.execPath, ['--import', 'tsx', program, ...args], {
      cwd: join(root, 'examples', folder),
    })
    if (code !== 0) return code
    console.log('')
  }
  return 0
})
