import { withinLimit } from '../costs/limit.js'
import { environment } from '../environment.js'
import type { Plot } from '../plots/plot.js'
import type { RowGroup } from '../row-group.js'
import { bundleSize } from './bundle.js'
import { corePeers, type ImportSubject, others, ours, takesPart } from './import-subject.js'
import { type ImportRow, importTable } from './import-table.js'
import { partsOfCore, partsTable } from './parts.js'
import { startUpTimes } from './start-up.js'

const core = '@millpond/core'
const startUpLimit = 10
const sizeLimit = 12_000

/** What an import costs a process that starts, and a bundle that is sent. */
export const importRows: RowGroup = {
  marker: 'imports',
  title: 'Imports',
  async measure({ isQuick, contenders, progress }) {
    const subjects = subjectsOf(isQuick).filter((subject) => takesPart(subject, contenders))
    const rounds = isQuick ? 5 : 15
    progress('imports: ')
    const times = await startUpTimes(subjects, rounds, progress)
    const rows: ImportRow[] = []
    for (const subject of subjects) {
      rows.push({ name: subject.name, startUp: times.get(subject.name), size: await bundleSize(subject) })
      if (subject.name === core) rows.push(await createPoolAlone(subject))
    }
    const packages = subjects.filter(({ isOurs }) => !isOurs).map(({ name }) => name)
    const tables = [importTable(rows), `${note(rounds)} ${environment([core, ...packages, 'esbuild'])}`]
    if (subjects.some(({ name }) => name === core)) tables.push(partsTable(await partsOfCore()))
    return {
      table: tables.join('\n\n'),
      verdicts: verdicts(rows),
      ratios: ratios(rows),
      plots: plots(rows),
    }
  },
}

function subjectsOf(isQuick: boolean): readonly ImportSubject[] {
  const all = [...ours(), ...others]
  return isQuick ? all.filter(({ name }) => name.startsWith(core) || corePeers.includes(name)) : all
}

/** What is left where a bundler drops what is not used. */
async function createPoolAlone(subject: ImportSubject): Promise<ImportRow> {
  return { name: `${core}, \`createPool\` alone`, size: await bundleSize({ ...subject, exports: ['createPool'] }) }
}

const note = (rounds: number) =>
  `Start-up: median of ${rounds} fresh processes ± half the distance between the quartiles.`

function verdicts(rows: readonly ImportRow[]): string[] {
  const row = rows.find(({ name }) => name === core)
  if (row === undefined) return []
  return [
    ...withinLimit(`import of ${core}`, row.startUp, startUpLimit, 'ms'),
    ...withinLimit(`bundle of ${core}, gzip`, { median: row.size.gzip, spread: 0 }, sizeLimit, 'bytes'),
  ]
}

/** The best of the core's peers beside the core. */
function ratios(rows: readonly ImportRow[]): Record<string, number> {
  const row = rows.find(({ name }) => name === core)
  const peers = rows.filter(({ name }) => corePeers.includes(name))
  if (row?.startUp === undefined || peers.length === 0) return {}
  const quickest = Math.min(...peers.map(({ startUp }) => startUp?.median ?? Number.POSITIVE_INFINITY))
  const smallest = Math.min(...peers.map(({ size }) => size.gzip))
  return { 'start-up of the core': quickest / row.startUp.median, 'bundle of the core': smallest / row.size.gzip }
}

function plots(rows: readonly ImportRow[]): Plot[] {
  const shown = rows.filter(({ name }) => name.startsWith(core) || corePeers.includes(name))
  const bars = (file: string, title: string, unit: string, height: (row: ImportRow) => number | undefined): Plot => ({
    file,
    title,
    kind: 'bars',
    x: { title: '' },
    y: { title: unit },
    series: [{ name: unit, points: shown.flatMap((row) => pointOf(row.name, height(row))) }],
  })
  return [
    bars('start-up', 'Start-up', 'ms', ({ startUp }) => startUp?.median),
    bars('bundle-size', 'Bundle, minified and compressed', 'bytes, gzip', ({ size }) => size.gzip),
  ]
}

function pointOf(name: string, height: number | undefined): (readonly [string, number])[] {
  return height === undefined ? [] : [[name, height]]
}
