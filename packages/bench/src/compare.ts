import type { Asked } from './asked.js'
import type { Bench } from './bench.js'
import { circumstances } from './environment.js'
import { type Measured, measured } from './measured.js'
import type { Planned } from './plan.js'
import { type Archive, joined, readArchive } from './report/archive.js'
import { writeReport } from './report/write-report.js'
import type { Seconds } from './time-left.js'
import { checkMarkers, writeBetween } from './write-between.js'

type Wanted = Extract<Asked, { what: 'compare' }>

/** Measures what was asked for and prints the tables, and which targets were reached; when it is to be written, every
 * group as soon as it is measured, so that a run that is broken off has not been for nothing. */
export async function compare(bench: Bench, { planned, isWritten }: Wanted): Promise<number> {
  const { print } = bench
  const markers = planned.map(({ group }) => group.marker)
  if (isWritten) checkMarkers(bench.readme, markers)
  const began = performance.now()
  const verdicts: string[] = []
  let archive = readArchive(bench.report)
  let tables = 0
  for await (const one of measured(planned, { print, before: secondsOf(archive, planned) })) {
    tables++
    print(`\n${one.findings.table}\n`)
    verdicts.push(...one.findings.verdicts)
    if (isWritten) archive = write(bench, archive, one)
  }
  if (tables === 0) {
    print('these rows are of those whom --only leaves out\n')
    return 1
  }
  const minutes = (performance.now() - began) / 60_000
  print(`\n${[...verdicts, '', `measured in ${minutes.toFixed(1)} minutes`].join('\n')}\n`)
  return 0
}

function write(bench: Bench, archive: Archive, { planned, findings, seconds }: Measured): Archive {
  const { name, isQuick } = planned
  const now = joined(archive, name, { findings, isQuick, seconds, circumstances: circumstances() })
  writeReport(bench, now)
  writeBetween(bench.readme, planned.group.marker, findings.table)
  const headline = bench.headlines?.[name]
  if (headline !== undefined) writeBetween(headline, planned.group.marker, findings.table)
  return now
}

/** A hurried run is expected to take what the last one took, or else, until the first groups tell, what a full one did. */
function secondsOf(archive: Archive, planned: readonly Planned[]): Seconds {
  const all = planned.flatMap(({ name, isQuick }) => {
    const { full, quick } = archive[name]?.took ?? {}
    const seconds = isQuick ? (quick ?? full) : full
    return seconds === undefined ? [] : [[name, seconds] as const]
  })
  return new Map(all)
}
