import type { Finding, Part } from './part.js'

export interface NamedPart {
  readonly name: string
  readonly title: string
  readonly run: Part
}

/** Runs one after the other and prints what they find. Resolves with the exit code: 0 only if everything holds. */
export async function runParts(parts: readonly NamedPart[], print: (line: string) => void): Promise<number> {
  let missed = 0
  for (const { name, title, run } of parts) {
    print(`${name}: ${title}`)
    for (const { what, holds } of await findingsOf(run)) {
      print(`  ${holds ? '✓' : '✗'} ${what}`)
      if (!holds) missed++
    }
    print('')
  }
  print(missed === 0 ? 'All of this holds.' : `${missed} of these do not hold.`)
  return missed === 0 ? 0 : 1
}

/** A part that fails should not keep the others from being seen. */
async function findingsOf(run: Part): Promise<readonly Finding[]> {
  try {
    return (await run()).findings
  } catch (error) {
    return [{ what: error instanceof Error ? (error.stack ?? error.message) : String(error), holds: false }]
  }
}
