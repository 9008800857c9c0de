// npm run release -- --dry-run: makes the next release in a worktree of what is committed, examines it and tells what it
// would publish. npm run release: the same through every test and gate, then commits, publishes and tags it.
// A release that fails leaves this tree as it was.

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure, inForeground, main, quietly, root } from './commands.mjs'
import { hindrancesIn, notClean } from './release-hindrances.mjs'
import { say, step } from './terminal.mjs'

const usage = 'npm run release -- --dry-run, or npm run release'
const { baseBranch } = JSON.parse(readFileSync(join(root, '.changeset', 'config.json'), 'utf8'))
const git = (...args) => quietly('git', args)

await main(async () => {
  const { dryRun } = chosen(process.argv.slice(2))
  const hindrances = await step('see whether this tree may be released', () => hindrancesIn(root, baseBranch))
  if (!dryRun && hindrances.length > 0) throw new Failure(['not released:', ...hindrances].join('\n- '))

  const worktree = await step('check out what is committed', checkOut)
  const code = await inForeground(process.execPath, ['.ci/make-release.mjs', ...(dryRun ? ['--dry-run'] : [])], {
    cwd: worktree,
    env: { MILLPOND_TARBALLS: join(root, 'node_modules', '.cache', 'millpond-release') },
  })
  if (dryRun) return judge(code, hindrances)
  await bringBack(worktree)
  if (code === 0) say('published and tagged: git push --follow-tags')
  return code
})

function chosen(args) {
  try {
    const { values } = parseArgs({ args, options: { 'dry-run': { type: 'boolean', default: false } } })
    // Without `--` npm keeps the option for itself, and what was meant as a rehearsal would publish.
    if (!values['dry-run'] && process.env.npm_config_dry_run) throw new Error('npm kept --dry-run for itself')
    return { dryRun: values['dry-run'] }
  } catch (error) {
    throw new Failure(`${error.message}\nusage: ${usage}`)
  }
}

async function checkOut() {
  const folder = mkdtempSync(join(tmpdir(), 'millpond-release-'))
  // PostgreSQL, which the tests start, may run as another user.
  chmodSync(folder, 0o755)
  const worktree = join(folder, 'millpond')
  process.once('exit', () => {
    execFileSync('git', ['worktree', 'remove', '--force', worktree], { cwd: root, stdio: 'ignore' })
    rmSync(folder, { recursive: true, force: true })
  })
  await git('worktree', 'add', '--quiet', '--detach', worktree, 'HEAD')
  return worktree
}

async function judge(code, hindrances) {
  if (hindrances.length > 0) say(`\na release from here would be refused:\n- ${hindrances.join('\n- ')}`)
  if (code !== 0) return code
  return (await notClean(root)) === undefined ? 0 : 1
}

/** Even when publishing failed half-way: what was published came from this commit, and the next run publishes the rest. */
async function bringBack(worktree) {
  const released = (await quietly('git', ['rev-parse', 'HEAD'], { cwd: worktree })).trim()
  if (released === (await git('rev-parse', 'HEAD')).trim()) return
  await git('merge', '--ff-only', released).catch(() => {
    throw new Failure(`${baseBranch} has moved on meanwhile: merge ${released}, which is what was released`)
  })
  say(`${baseBranch} is at the release now`)
}
