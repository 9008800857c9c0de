import type { Machine } from '../circumstances.js'
import { textTable } from '../markdown.js'
import type { Suite, Suites } from '../suite.js'
import type { Archive, Finding } from './archive.js'

interface Reported {
  readonly name: string
  readonly title: string
  readonly finding: Finding
}

/** The report, in Markdown: all that was ever measured of what there is now. */
export function report(suites: Suites, archive: Archive): string {
  const chapters = Object.entries(suites).map(([name, suite]) => ({ suite, groups: reportedOf(name, suite, archive) }))
  const all = chapters.flatMap(({ groups }) => groups)
  const parts = [
    '# What the bench measured',
    'Written by `pnpm bench --write`. [How it is measured](../README.md#how-it-is-measured) and what each table is about stand in the README of the bench; the figures behind the tables and pictures are in [findings.json](findings.json).',
    reachedOf(all),
    '## The machine',
    machines(all),
    '## Versions',
    versions(all),
    ...chapters.flatMap(({ suite, groups }) => (groups.length === 0 ? [] : chapter(suite, groups))),
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

function reportedOf(suite: string, { rowGroups }: Suite, archive: Archive): Reported[] {
  return Object.entries(rowGroups).flatMap(([group, { title = group }]) => {
    const name = `${suite}/${group}`
    const finding = archive[name]
    return finding === undefined ? [] : [{ name, title, finding }]
  })
}

function reachedOf(all: readonly Reported[]): string {
  const verdicts = all.flatMap(({ finding }) => finding.verdicts)
  const reached = verdicts.filter((line) => line.startsWith('reached'))
  if (verdicts.length === 0) return ''
  return `Of ${verdicts.length} targets ${reached.length} are reached; each stands below the table that it is about.`
}

/** More than one where groups were measured on different ones. */
function machines(all: readonly Reported[]): string {
  const byMachine = grouped(all, ({ finding }) => JSON.stringify(inOrder(finding.circumstances.machine)))
  return [...byMachine]
    .map(([machine, groups]) => {
      const whose = byMachine.size === 1 ? '' : `\n\n(${groups.map(({ name }) => name).join(', ')})`
      return `${textTable(['', ''], JSON.parse(machine) as [string, string][])}${whose}`
    })
    .join('\n\n')
}

function inOrder({ processor, cores, memory, kernel, node, pinned }: Machine): [string, string][] {
  return [
    ['processor', processor],
    ['cores', String(cores)],
    ['memory', memory],
    ['kernel', kernel],
    ['Node.js', node],
    ['a core for what is measured, another for the servers', pinned],
  ]
}

/** Where groups were measured with different ones, each is told with its groups. */
function versions(all: readonly Reported[]): string {
  const names = new Set(all.flatMap(({ finding }) => Object.keys(finding.circumstances.versions)))
  const lines = [...names].sort().map((name) => {
    const byVersion = grouped(all, ({ finding }) => finding.circumstances.versions[name] ?? '')
    byVersion.delete('')
    const told = [...byVersion].map(([version, groups]) =>
      byVersion.size === 1 ? version : `${version} (${groups.map((group) => group.name).join(', ')})`,
    )
    return [name, told.join('; ')]
  })
  return textTable(['package', 'version'], lines)
}

function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of values) groups.set(keyOf(value), [...(groups.get(keyOf(value)) ?? []), value])
  return groups
}

function chapter({ title, contenders }: Suite, groups: readonly Reported[]): string[] {
  const tunings = Object.entries(contenders).map(([name, tuning]) => [name, tuning])
  return [`## ${title}`, textTable(['who', 'tuned how'], tunings), ...groups.flatMap(section)]
}

function section({ title, finding }: Reported): string[] {
  const { plots = [], table, verdicts, isQuick } = finding
  return [
    `### ${title}`,
    ...plots.map((plot) => `![${plot.title}](${plot.file}.svg)`),
    table,
    isQuick ? 'Measured in a hurry (`--quick`).' : '',
    verdicts.length === 0 ? '' : `\`\`\`text\n${verdicts.join('\n')}\n\`\`\``,
  ]
}
