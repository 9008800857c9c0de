import { readFileSync, writeFileSync } from 'node:fs'

const begin = (name: string) => `<!-- ${name}: begin -->`
const end = (name: string) => `<!-- ${name}: end -->`

/** The text with what stands between the two markers replaced; a text without them is refused. */
export function between(text: string, name: string, content: string): string {
  const from = text.indexOf(begin(name))
  const to = text.indexOf(end(name))
  if (from < 0 || to < from) throw new Error(`no markers ${begin(name)} and ${end(name)}`)
  return `${text.slice(0, from)}${begin(name)}\n\n${content}\n\n${text.slice(to)}`
}

export function writeBetween(file: URL, name: string, content: string): void {
  writeFileSync(file, between(readFileSync(file, 'utf8'), name, content))
}

/** Throws for the first of them that the file does not have: before anything is measured, not after. */
export function checkMarkers(file: URL, names: readonly string[]): void {
  const text = readFileSync(file, 'utf8')
  for (const name of names) between(text, name, '')
}
