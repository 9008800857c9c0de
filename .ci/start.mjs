// npm start: sets up, then runs the main job as `pnpm --filter keep-alive-example start` would, without pnpm between
// the terminal and the program, so that signals and the exit code pass unchanged.

import { join } from 'node:path'
import { inForeground, main, root } from './commands.mjs'
import { setUp } from './set-up.mjs'

await main(async () => {
  await setUp()
  return inForeground(process.execPath, ['--import', 'tsx', 'src/main.ts', ...process.argv.slice(2)], {
    cwd: join(root, 'examples', 'keep-alive'),
  })
})
