// npm test: sets up, then runs every test. The last line is `N passed, N failed`; vitest's exit code decides.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inForeground, main } from './commands.mjs'
import { setUp } from './set-up.mjs'
import { say } from './terminal.mjs'

await main(async () => {
  await setUp()
  const folder = mkdtempSync(join(tmpdir(), 'millpond-test-'))
  const counts = join(folder, 'counts.json')
  try {
    const code = await inForeground(process.execPath, vitest(process.argv.slice(2)), {
      env: { MILLPOND_TEST_COUNTS: counts },
    })
    const { passed, failed } = read(counts)
    say(`${passed} passed, ${code === 0 ? failed : Math.max(failed, 1)} failed`)
    return code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

function vitest(args) {
  const reporters = args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=default']
  return ['node_modules/vitest/vitest.mjs', 'run', ...reporters, '--reporter=./.ci/counting-reporter.mjs', ...args]
}

function read(counts) {
  try {
    return JSON.parse(readFileSync(counts, 'utf8'))
  } catch {
    return { passed: 0, failed: 0 }
  }
}
