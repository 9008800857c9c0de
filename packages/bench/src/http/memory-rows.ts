import { fork } from 'node:child_process'
import { once } from 'node:events'
import { environment } from '../environment.js'
import { count } from '../markdown.js'
import { program } from '../program.js'
import type { RowGroup } from '../row-group.js'
import { quantile, shuffled } from '../statistics.js'
import type { HttpClientName } from './clients/index.js'
import { memoryPlot, memoryRatios, memoryTable } from './memory-report.js'
import type { MemoryTask } from './memory-worker.js'
import { ServerProcess } from './server-process.js'

const clients = ['millpond', 'node', 'agentkeepalive', 'millpond dispatcher', 'undici.Agent'] satisfies HttpClientName[]
const MANY = 1_000

/** How the connections lie. */
interface Layout {
  readonly title: string
  /** Origins that the server listens for. */
  readonly origins: number
}

const together: Layout = { title: `${count(MANY)} of one origin`, origins: 1 }
const apart: Layout = { title: `one of each of ${count(MANY)} origins`, origins: MANY }

/** Bytes of an idle connection, its socket included, among a thousand to one origin; and of one to an origin of its own. */
export const memoryRows: RowGroup = {
  title: 'Memory of an idle connection',
  marker: 'http-memory',
  async measure({ isQuick, contenders, progress }) {
    const present = clients.filter((name) => contenders.includes(name))
    if (present.length === 0) return undefined
    const rounds = isQuick ? 1 : 5
    const columns = new Map<string, ReadonlyMap<string, number>>()
    for (const layout of isQuick ? [together] : [together, apart]) {
      progress(`memory, ${layout.title}: `)
      columns.set(layout.title, await measured(layout, present, rounds, progress))
    }
    const note = `Median of ${rounds} ${rounds === 1 ? 'process' : 'processes'}. ${environment(['@millpond/http', 'agentkeepalive', 'undici'])}`
    return {
      table: `${memoryTable(columns)}\n\n${note}`,
      verdicts: [],
      ratios: memoryRatios(columns),
      plots: [memoryPlot(columns)],
    }
  },
}

async function measured(
  { origins }: Layout,
  clients: readonly HttpClientName[],
  rounds: number,
  progress: (text: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const all = new Map<HttpClientName, number[]>(clients.map((client) => [client, []]))
  const server = await ServerProcess.start('server', origins)
  try {
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round} `)
      for (const client of shuffled(clients)) {
        const task = { client, connections: MANY / origins, origins: server.origins(origins) }
        all.get(client)?.push((await bytesOf(task)) / MANY)
      }
    }
  } finally {
    server.end()
  }
  progress('\n')
  return new Map([...all].map(([client, bytes]) => [client, quantile(bytes, 0.5)]))
}

async function bytesOf(task: MemoryTask): Promise<number> {
  const { path, execArgv, cwd } = program('http/memory-worker')
  const child = fork(path, [JSON.stringify(task)], { cwd, execArgv: [...execArgv, '--expose-gc'] })
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`${task.client} ended early`)))
  const [bytes] = (await Promise.race([once(child, 'message'), failed])) as [number]
  failed.catch(() => {})
  child.disconnect()
  return bytes
}
