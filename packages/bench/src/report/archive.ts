import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Circumstances } from '../circumstances.js'
import type { Findings } from '../row-group.js'
import { stableJson } from '../stable-json.js'

/** The findings of every group as they were measured last, by the group's name. */
export type Archive = Readonly<Record<string, Finding>>

export interface Finding extends Findings {
  /** `--quick`. */
  readonly isQuick: boolean
  readonly circumstances: Circumstances
  /** Whole seconds that it took to measure, last time in each of the two ways. */
  readonly took: { readonly full?: number; readonly quick?: number }
}

/** What was just measured. */
export interface NewFinding {
  readonly findings: Findings
  readonly isQuick: boolean
  readonly seconds: number
  readonly circumstances: Circumstances
}

/** The archive with one group measured anew, and the others as they were. */
export function joined(archive: Archive, name: string, { findings, seconds, ...rest }: NewFinding): Archive {
  const took = { ...archive[name]?.took, [rest.isQuick ? 'quick' : 'full']: Math.round(seconds) }
  return { ...archive, [name]: { ...findings, ...rest, took } }
}

/** In the file, groups that were measured under the same circumstances share one note of them. */
interface File {
  readonly circumstances: Readonly<Record<string, Circumstances>>
  readonly groups: Readonly<Record<string, Omit<Finding, 'circumstances'> & { readonly circumstances: string }>>
}

const fileIn = (folder: URL) => new URL('findings.json', folder)

/** Empty where nothing was ever written. */
export function readArchive(folder: URL): Archive {
  if (!existsSync(fileIn(folder))) return {}
  const { circumstances, groups } = JSON.parse(readFileSync(fileIn(folder), 'utf8')) as File
  return Object.fromEntries(
    Object.entries(groups).map(([name, { circumstances: key, ...finding }]) => {
      const found = circumstances[key]
      if (found === undefined)
        throw new Error(`findings.json has no circumstances ${key}, under which ${name} was measured`)
      return [name, { ...finding, circumstances: found }]
    }),
  )
}

export function writeArchive(folder: URL, archive: Archive): void {
  const circumstances: Record<string, Circumstances> = {}
  const groups = Object.entries(archive).map(([name, finding]) => {
    const key = createHash('sha256').update(stableJson(finding.circumstances)).digest('hex').slice(0, 8)
    circumstances[key] = finding.circumstances
    return [name, { ...finding, circumstances: key }] as const
  })
  mkdirSync(folder, { recursive: true })
  writeFileSync(fileIn(folder), stableJson({ circumstances, groups: Object.fromEntries(groups) } satisfies File))
}
