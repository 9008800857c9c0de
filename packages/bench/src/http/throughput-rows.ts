import { environment } from '../environment.js'
import { interleave } from '../interleave.js'
import { howOften, type RowGroup } from '../row-group.js'
import { type Comparison, compared, type Row, reachedTargets } from '../wire/comparison.js'
import { fullEffort, quickEffort } from '../wire/efforts.js'
import type { HttpClientName } from './clients/index.js'
import { ServerProcess } from './server-process.js'

const sizes = [0, 1, 64]
const crowds = [16, 64, 256]
const mostConnections = 128

/** Keep-alive GETs through each client, the server in another process. */
function throughputRows(marker: string, comparison: Comparison<HttpClientName>, packages: readonly string[]): RowGroup {
  return {
    marker,
    async measure({ isQuick, contenders, progress }) {
      const clients = comparison.entrants.filter((name) => contenders.includes(name))
      if (clients.length === 0) return undefined
      const effort = isQuick ? quickEffort : fullEffort
      const server = await ServerProcess.start('server')
      const rows: Row[] = []
      try {
        for (const kib of sizes) {
          for (const callers of crowds) {
            const title = `${kib} KiB, ${callers} at a time`
            progress(`${marker}, ${title}: `)
            const connections = Math.min(callers, mostConnections)
            const tasks = clients.map((client) => ({
              name: client,
              callers,
              exchange: { kind: 'http' as const, client, connections, origins: server.origins(), path: `/${kib}` },
            }))
            rows.push({ title, summaries: await interleave(tasks, effort, progress) })
          }
        }
      } finally {
        server.end()
      }
      const note = `${howOften(effort)} ${environment(packages)}`
      return { table: `${compared(comparison, rows)}\n\n${note}`, verdicts: reachedTargets(comparison, rows) }
    },
  }
}

export const agentRows = throughputRows(
  'agents',
  {
    entrants: ['millpond', 'node', 'agentkeepalive', 'floor'],
    ours: 'millpond',
    targets: [
      { peer: 'node', mean: 1.15 },
      { peer: 'agentkeepalive', mean: 1.2 },
    ],
  },
  ['@millpond/http', 'agentkeepalive'],
)

export const dispatcherRows = throughputRows(
  'dispatchers',
  {
    entrants: ['millpond dispatcher', 'undici.Pool', 'undici.Agent'],
    ours: 'millpond dispatcher',
    targets: [
      { peer: 'undici.Pool', mean: 1, row: 0.97 },
      { peer: 'undici.Agent', mean: 1, row: 0.97 },
    ],
  },
  ['@millpond/http', 'undici'],
)
