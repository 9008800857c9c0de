// The tarballs of what is published: packed as `pnpm publish` packs them, and read back as a registry would get them.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quietly } from './commands.mjs'
import { pnpm } from './pnpm.mjs'
import { publishedPackages } from './workspace.mjs'

/** Packs every published package into a folder; resolves with the tarballs in the order of publishing. */
export async function pack(folder) {
  const chosen = publishedPackages().map((path) => `--filter=./${path}`)
  // One at a time, pnpm reports them in the order in which it publishes: dependencies first.
  const args = ['pack', '--json', '--workspace-concurrency=1', `--pack-destination=${folder}`]
  const reported = JSON.parse(await pnpm([...chosen, ...args]))
  return [reported].flat().map(({ name, version, filename }) => ({ name, version, path: filename }))
}

/** Resolves with the manifest, every file's content by its path, and the size of the tarball. */
export async function unpack({ path }) {
  const folder = mkdtempSync(join(tmpdir(), 'millpond-unpacked-'))
  try {
    await quietly('tar', ['-xzf', path, '-C', folder])
    const files = filesIn(join(folder, 'package'))
    return { manifest: JSON.parse(files.get('package.json')), files, size: statSync(path).size }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function filesIn(folder) {
  const paths = readdirSync(folder, { recursive: true })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]))
}
