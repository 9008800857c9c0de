// Runs the pinned pnpm with the given arguments: node .ci/with-pnpm.mjs -r build

import { inForeground, main } from './commands.mjs'
import { pnpmEnvironment } from './pnpm.mjs'

await main(async () => inForeground('pnpm', process.argv.slice(2), { env: await pnpmEnvironment() }))
