import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from 'vitest'
import packages from './programs.json' with { type: 'json' }

/** A program from the system's packages; beside it in programs.json, the Debian package that has it. */
export type Program = keyof typeof packages

/** Where administrators' programs lie, which is not on every user's path. */
const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

/** The path of an installed program; undefined where it is missing. */
export function find(program: Program): string | undefined {
  return places.map((place) => join(place, program)).find(isExecutable)
}

/**
 * A suite against real programs. Where one is missing it is skipped, and named at the end of `npm test` with how to get
 * it; with MILLPOND_SERVERS=required, as CI has it, it fails.
 */
export function describeWith(programs: Program | readonly Program[], title: string, suite: () => void): void
export function describeWith(
  programs: Program | readonly Program[],
  title: string,
  options: { readonly timeout: number },
  suite: () => void,
): void
export function describeWith(
  programs: Program | readonly Program[],
  title: string,
  first: { readonly timeout: number } | (() => void),
  second?: () => void,
): void {
  const [options, suite] = typeof first === 'function' ? [{}, first] : [first, second as () => void]
  const missing = [programs].flat().filter((program) => find(program) === undefined)
  if (missing.length === 0) {
    describe(title, options, suite)
    return
  }
  const remedy = `needs ${missing.join(' and ')}: apt-get install ${missing.map((program) => packages[program]).join(' ')}`
  if (process.env.MILLPOND_SERVERS !== 'required') {
    describe.skip(`${title} (${remedy})`, suite)
    return
  }
  it(title, () => {
    throw new Error(remedy)
  })
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
