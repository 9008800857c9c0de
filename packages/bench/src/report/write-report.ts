import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Bench } from '../bench.js'
import { draw } from '../plots/draw.js'
import { type Archive, writeArchive } from './archive.js'
import { report } from './report.js'

/** Writes the findings, the report and its plots, and removes plots that are no longer in it. */
export function writeReport({ suites, report: folder }: Bench, archive: Archive): void {
  const present = presentOf(suites, archive)
  writeArchive(folder, present)
  writeFileSync(new URL('report.md', folder), report(suites, present))
  const plots = Object.values(present).flatMap((finding) => finding.plots ?? [])
  for (const plot of plots) writeFileSync(new URL(`${plot.file}.svg`, folder), draw(plot))
  const files = new Set(plots.map(({ file }) => `${file}.svg`))
  for (const file of readdirSync(folder)) {
    if (file.endsWith('.svg') && !files.has(file)) rmSync(new URL(file, folder))
  }
}

/** Without groups that there are no longer. */
function presentOf(suites: Bench['suites'], archive: Archive): Archive {
  return Object.fromEntries(
    Object.entries(archive).filter(([name]) => {
      const [suite = '', group = ''] = name.split('/')
      return suites[suite]?.rowGroups[group] !== undefined
    }),
  )
}
