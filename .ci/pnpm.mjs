// The one pnpm of this repository: the version that package.json pins, fetched by npx, wherever it runs.

import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Failure, quietly, root } from './commands.mjs'

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

export const pinned = packageManager.split('+')[0]

let environment

/** Fetches pnpm on the first call; resolves with the variables that put it on the PATH of other programs. */
export function pnpmEnvironment() {
  if (environment === undefined) environment = fetchPnpm()
  return environment
}

async function fetchPnpm() {
  const path = (await quietly('npx', ['--yes', `--package=${pinned}`, '-c', 'node -p process.env.PATH'])).trim()
  const folder = path
    .split(delimiter)
    .find((entry) => ['pnpm', 'pnpm.cmd'].some((name) => existsSync(join(entry, name))))
  if (folder === undefined) throw new Failure(`npx fetched ${pinned}, but no pnpm is on its path`)
  return { PATH: `${folder}${delimiter}${process.env.PATH}` }
}

export async function pnpm(args, options = {}) {
  return quietly('pnpm', args, { ...options, env: { ...options.env, ...(await pnpmEnvironment()) } })
}
