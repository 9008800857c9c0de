import { environment } from '../environment.js'
import { type Effort, interleave } from '../interleave.js'
import { pinnedWherePossible } from '../pinning.js'
import { type Findings, howOften, type RowGroup, type Run } from '../row-group.js'
import { type Comparison, compared, type Row, reachedTargets, throughputRatios } from '../wire/comparison.js'
import { closeEffort, fullEffort, quickEffort } from '../wire/efforts.js'
import { throughputPlot, waitPlot } from '../wire/wire-plots.js'
import type { HttpClientName } from './clients/index.js'
import { ServerProcess } from './server-process.js'

const sizes = [0, 1, 64]
const quickSizes = [1]
const crowds = [16, 64, 256]
const quickCrowds = [64]
const mostConnections = 128
/** The answers that are drawn, and the crowd of which the waits are. */
const drawn = { kib: 1, callers: 64 }

interface Compared {
  readonly title: string
  readonly marker: string
  readonly comparison: Comparison<HttpClientName>
  readonly packages: readonly string[]
  readonly effort: Effort
}

/** Keep-alive GETs through each client, the server in another process. */
function throughputRows({ title, marker, comparison, packages, effort: full }: Compared): RowGroup {
  return {
    title,
    marker,
    measure: (run) => pinnedWherePossible(() => measure(run)),
  }

  async function measure({ isQuick, contenders, progress }: Run): Promise<Findings | undefined> {
    const clients = comparison.entrants.filter((name) => contenders.includes(name))
    if (clients.length === 0) return undefined
    const effort = isQuick ? quickEffort : full
    const server = await ServerProcess.start('server')
    const rows: Row[] = []
    try {
      for (const kib of isQuick ? quickSizes : sizes) {
        for (const callers of isQuick ? quickCrowds : crowds) {
          const row = rowTitle(kib, callers)
          progress(`${marker}, ${row}: `)
          const connections = Math.min(callers, mostConnections)
          const tasks = clients.map((client) => ({
            name: client,
            callers,
            exchange: { kind: 'http' as const, client, connections, origins: server.origins(), path: `/${kib}` },
          }))
          rows.push({ title: row, callers, summaries: await interleave(tasks, effort, progress) })
        }
      }
    } finally {
      server.end()
    }
    const note = `${howOften(effort)} ${environment(packages)}`
    return {
      table: `${compared(comparison, rows)}\n\n${note}`,
      verdicts: reachedTargets(comparison, rows),
      ratios: throughputRatios(comparison, rows),
      plots: plots(title, marker, clients, rows),
    }
  }
}

function rowTitle(kib: number, callers: number): string {
  return `${kib} KiB, ${callers} at a time`
}

function plots(title: string, marker: string, clients: readonly string[], rows: readonly Row[]) {
  const same = rows.filter(({ callers, title }) => title === rowTitle(drawn.kib, callers))
  const throughput = { file: `${marker}-throughput`, title: `${title}: ${drawn.kib} KiB` }
  const waits = { file: `${marker}-waits`, title: `${title}: ${drawn.kib} KiB, ${drawn.callers} at a time` }
  return [
    throughputPlot(throughput, clients, same),
    ...same.filter(({ callers }) => callers === drawn.callers).map((row) => waitPlot(waits, clients, row)),
  ]
}

export const agentRows = throughputRows({
  title: 'Agents',
  marker: 'agents',
  comparison: {
    entrants: ['millpond', 'node', 'agentkeepalive', 'floor'],
    ours: 'millpond',
    targets: [
      { peer: 'node', mean: 1.15 },
      { peer: 'agentkeepalive', mean: 1.2 },
    ],
  },
  packages: ['@millpond/http', 'agentkeepalive'],
  effort: fullEffort,
})

export const dispatcherRows = throughputRows({
  title: 'Dispatchers',
  marker: 'dispatchers',
  comparison: {
    entrants: ['millpond dispatcher', 'undici.Pool', 'undici.Agent', 'floor dispatcher'],
    ours: 'millpond dispatcher',
    targets: [
      { peer: 'undici.Pool', mean: 1, row: 0.97 },
      { peer: 'undici.Agent', mean: 1, row: 0.97 },
    ],
  },
  packages: ['@millpond/http', 'undici'],
  effort: closeEffort,
})
