// Everything a fresh clone needs before anything else can run; a glance and nothing more when it is there already.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure, main, root } from './commands.mjs'
import { pinned, pnpm, pnpmEnvironment } from './pnpm.mjs'
import { isPostgresReachable, makePostgresReachable } from './reachable-postgres.mjs'
import { step } from './terminal.mjs'

const stamp = join(root, 'node_modules', '.millpond-set-up')
const read = (path) => readFileSync(join(root, path), 'utf8')

export async function setUp() {
  refuseOldNode()
  const wanted = fingerprint()
  if (!isInstalled(wanted)) await install(wanted)
  if (!isPostgresReachable())
    await step('put PostgreSQL where its user can reach it', async () => makePostgresReachable())
}

async function install(wanted) {
  await step(`fetch ${pinned}`, pnpmEnvironment)
  // Without a terminal pnpm would refuse to replace a node_modules that it finds unfit.
  await step('install the dependencies of the lockfile', () =>
    pnpm(['install', '--frozen-lockfile', '--config.confirm-modules-purge=false']),
  )
  writeFileSync(stamp, wanted)
}

function refuseOldNode() {
  const least = JSON.parse(read('package.json')).engines.node.replace(/^\D+/, '')
  const [major, minor = 0] = least.split('.').map(Number)
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number)
  if (haveMajor < major || (haveMajor === major && haveMinor < minor)) {
    throw new Failure(`millpond needs Node.js ${least} or newer; this is ${process.version} (${process.execPath}).`)
  }
}

function workspaceFolders() {
  const folders = ['packages', 'examples'].flatMap((parent) =>
    existsSync(join(root, parent)) ? readdirSync(join(root, parent)).map((name) => `${parent}/${name}`) : [],
  )
  return ['.', ...folders, 'docs', 'test'].filter((folder) => existsSync(join(root, folder, 'package.json')))
}

/** Changes whenever an install could have another outcome. */
function fingerprint() {
  const hash = createHash('sha256').update(`${pinned} ${process.platform} ${process.arch}`)
  const files = [
    ...workspaceFolders().map((folder) => `${folder}/package.json`),
    'pnpm-workspace.yaml',
    'pnpm-lock.yaml',
  ]
  for (const file of files) hash.update(`\n${file}\n`).update(read(file))
  return hash.digest('hex')
}

function isInstalled(wanted) {
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) return false
  return workspaceFolders().every((folder) => {
    const { dependencies, devDependencies } = JSON.parse(read(`${folder}/package.json`))
    const needsSome = Object.keys({ ...dependencies, ...devDependencies }).length > 0
    return !needsSome || existsSync(join(root, folder, 'node_modules'))
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(setUp)
