// What a release tells before anything is published.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './commands.mjs'
import { dim, say } from './terminal.mjs'
import { manifest } from './workspace.mjs'

/** What the changesets have made of the versions (by folder), and what the changelogs say of it. */
export function tellVersions(before, after) {
  const bumped = [...after].filter(([folder, version]) => version !== before.get(folder))
  if (bumped.length === 0) say('\nno changeset asks for a new version: only what the registry lacks is published')
  for (const [folder, version] of bumped) {
    say(`\n${manifest(folder).name} ${before.get(folder)} → ${version}`)
    say(indented(newestEntry(readFileSync(join(root, folder, 'CHANGELOG.md'), 'utf8'))))
  }
  say('')
}

function newestEntry(changelog) {
  const [, entry = ''] = changelog.split(/^## .*$/m, 2)
  return entry.trim().replaceAll(/\n{2,}/g, '\n')
}

export function tellTarball({ name, version }, { manifest, files, size }) {
  const sizes = [...files].map(([path, text]) => [path, Buffer.byteLength(text)])
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0)
  say(`\n${name}@${version}: ${files.size} files, ${kilobytes(total)}, packed ${kilobytes(size)}`)
  for (const [path, bytes] of sizes) say(`${kilobytes(bytes).padStart(12)}  ${dim(path)}`)
  for (const [title, ranges] of rangesOf(manifest)) say(indented(`${title}: ${ranges}`))
  if (manifest.repository === undefined) say(indented('no repository is named: published without provenance'))
}

function rangesOf({ dependencies, peerDependencies, engines }) {
  const listed = (ranges) =>
    Object.entries(ranges)
      .map(([name, range]) => `${name} ${range}`)
      .join(', ')
  const titled = { 'depends on': dependencies, 'peers with': peerDependencies, 'runs on': engines }
  return Object.entries(titled)
    .filter(([, ranges]) => ranges !== undefined)
    .map(([title, ranges]) => [title, listed(ranges)])
}

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`
const indented = (text) => text.replace(/^(?=.)/gm, '    ')
