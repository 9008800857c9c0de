// What stands in the way of a release before anything is built: the tree and the registry.

import { Failure, quietly } from './commands.mjs'

/** The branch of the changesets' config, and the folder in which git and npm look around. */
export async function hindrancesIn(folder, branch) {
  const found = await Promise.all([notOn(branch, folder), notClean(folder), behind(folder), notLoggedIn(folder)])
  return found.filter((hindrance) => hindrance !== undefined)
}

/** What is not committed is not released. */
export async function notClean(folder) {
  const lines = (await git(folder, 'status', '--porcelain')).trimEnd()
  return lines === '' ? undefined : `the tree is not clean; what is not committed is not released:\n${lines}`
}

async function notOn(branch, folder) {
  const current = (await git(folder, 'branch', '--show-current')).trim()
  return current === branch ? undefined : `this is ${current === '' ? 'a detached HEAD' : current}, not ${branch}`
}

async function behind(folder) {
  const upstream = await answerOf(() => git(folder, 'rev-parse', '--abbrev-ref', '@{upstream}'))
  if (upstream === undefined) return
  if ((await answerOf(() => git(folder, 'fetch', '--quiet'))) === undefined) return `cannot fetch ${upstream}`
  const count = Number(await git(folder, 'rev-list', '--count', 'HEAD..@{upstream}'))
  return count === 0 ? undefined : `${upstream} is ahead by ${count}; git pull`
}

async function notLoggedIn(folder) {
  const user = await answerOf(() => quietly('npm', ['whoami'], { cwd: folder }))
  return user === undefined ? 'nobody is logged in to the npm registry; npm login' : undefined
}

const git = (folder, ...args) => quietly('git', args, { cwd: folder })

/** Undefined where the program failed. */
async function answerOf(run) {
  try {
    return (await run()).trim()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
}
