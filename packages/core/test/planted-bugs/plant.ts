import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vitest/config'
import { bugs, withBug } from './bugs.js'

const source = fileURLToPath(new URL('../../src/', import.meta.url))

/** A Vite plugin that plants the bug of this name in the code as it is loaded: the files stay as they are. */
export function plant(name: string): Plugin {
  const bug = bugs.find((bug) => bug.name === name)
  if (bug === undefined) throw new Error(`No bug is called "${name}"`)
  return {
    name: 'plant',
    enforce: 'pre',
    transform: (code, id) => (id === source + bug.file ? withBug(bug, code) : undefined),
  }
}
