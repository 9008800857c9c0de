import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A fenced block of TypeScript. */
export interface Snippet {
  /** Where it stands, as in `README.md:30`: the line of its first line of code. */
  readonly at: string
  readonly document: string
  readonly line: number
  readonly code: string
  /** Marked ```` ```ts run ````: it is run as well as type-checked. */
  readonly runs: boolean
  /** The lines that its comments `// → …` say it prints. */
  readonly announced: readonly string[]
}

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** The paths of all Markdown files of the repository, from its root. */
export function markdownFiles(folder = root): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', '.git'].includes(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return markdownFiles(path)
    return entry.name.endsWith('.md') ? relative(root, path) : []
  })
}

/** The ```` ```ts ```` blocks of a document. */
export function snippetsOf(document: string, text = read(document)): Snippet[] {
  return [...text.matchAll(/^```ts([^\n]*)\n(.*?)^```$/gms)].map(({ 1: marks = '', 2: code = '', index }) => {
    const line = text.slice(0, index).split('\n').length + 1
    const announced = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, printed = '']) => printed)
    return {
      at: `${document}:${line}`,
      document,
      line,
      code,
      runs: marks.trim().split(/\s+/).includes('run'),
      announced,
    }
  })
}

/** What is written in a document outside of fenced blocks. */
export function proseOf(text: string): string {
  return text.replace(/^```.*?^```$/gms, '')
}

/** The rows of the first table under a heading, without its head: each cell as it is written. */
export function tableUnder(heading: string, text: string): string[][] {
  const start = text.indexOf(`\n${heading}\n`)
  if (start < 0) throw new Error(`no heading ${heading}`)
  const [section = ''] = text.slice(start + heading.length + 2).split(/\n#+ /)
  const table = /(?:^\|.*\|\n)+/m.exec(section)?.[0] ?? ''
  const rows = table.trim().split('\n').slice(2)
  return rows.map((row) => row.split(/(?<!\\)\|/).slice(1, -1)).map((cells) => cells.map((cell) => cell.trim()))
}
