// Makes the release in the worktree that release.mjs has prepared; not to be started by hand.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, inForeground, main, quietly, root } from './commands.mjs'
import { examine } from './examine-tarballs.mjs'
import { pnpm, pnpmEnvironment } from './pnpm.mjs'
import { tellTarball, tellVersions } from './release-report.mjs'
import { setUp } from './set-up.mjs'
import { pack } from './tarballs.mjs'
import { say, step } from './terminal.mjs'
import { manifest, publishedPackages } from './workspace.mjs'

const dryRun = process.argv.includes('--dry-run')
const tarballs = process.env.MILLPOND_TARBALLS
const tool = (path, ...args) => quietly(process.execPath, [join(root, 'node_modules', path), ...args])
const changeset = (command) => tool('@changesets/cli/bin.js', command)

await main(async () => {
  await setUp()
  const before = versions()
  await step('apply the changesets', applyChangesets)
  tellVersions(before, versions())
  await step('build what is published', build)
  const packed = await step('pack it', packAnew)
  say('\nwhat is published, in this order, dependencies first:')
  await examine(packed, tellTarball)
  if (dryRun) {
    say(`\nnothing was published; the tarballs are in ${tarballs}`)
    return 0
  }
  await pass('test.mjs')
  await pass('check.mjs')
  await commit(before)
  return publish()
})

/** The version of every published package, by its folder. */
function versions() {
  return new Map(publishedPackages().map((folder) => [folder, manifest(folder).version]))
}

async function applyChangesets() {
  await changeset('version')
  await quietly('git', ['add', '--all'])
  const changed = (await quietly('git', ['diff', '--cached', '--name-only', 'HEAD'])).split('\n')
  const manifests = changed.filter((path) => path.endsWith('package.json'))
  if (manifests.length === 0) return
  // It writes JSON in another format than ours.
  await tool('@biomejs/biome/bin/biome', 'format', '--write', ...manifests)
  await quietly('git', ['add', ...manifests])
}

async function build() {
  await pnpm([...publishedPackages().map((folder) => `--filter=./${folder}`), 'build'])
}

async function packAnew() {
  rmSync(tarballs, { recursive: true, force: true })
  return pack(tarballs)
}

async function pass(script) {
  const code = await inForeground(process.execPath, [join('.ci', script)])
  if (code !== 0) throw new Failure(`not published: ${script} failed`)
}

async function commit(before) {
  const bumped = [...versions()].filter(([folder, version]) => version !== before.get(folder))
  // What a release that failed half-way has committed is not committed again.
  if (bumped.length === 0) return
  const released = bumped.map(([folder, version]) => `${manifest(folder).name}@${version}`)
  await quietly('git', ['commit', '--quiet', '--message', `Release ${released.join(', ')}`])
}

/** By pnpm, which stops at the first failure: `changeset publish` would go on to what depends on the one that failed. */
async function publish() {
  const env = await pnpmEnvironment()
  const code = await inForeground('pnpm', ['--recursive', 'publish', '--no-git-checks'], { env })
  if (code !== 0)
    throw new Failure('publishing failed; what is published stays so, and another release goes on from there')
  await changeset('tag')
  return 0
}
