// The packages of this workspace, as the gates see them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './commands.mjs'

function folders(parent) {
  return readdirSync(join(root, parent), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${parent}/${entry.name}`)
}

export function manifest(folder) {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}

export function publishedPackages() {
  return folders('packages').filter(
    (folder) => existsSync(join(root, folder, 'package.json')) && !manifest(folder).private,
  )
}

/** Folders with a tsconfig.json and something for it to check. */
export function typedFolders() {
  return [...folders('packages'), ...folders('examples'), 'docs', 'test'].filter(
    (folder) => existsSync(join(root, folder, 'tsconfig.json')) && hasTypeScript(join(root, folder)),
  )
}

function hasTypeScript(folder) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return false
    return entry.isDirectory() ? hasTypeScript(join(folder, entry.name)) : entry.name.endsWith('.ts')
  })
}
