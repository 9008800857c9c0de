import { fork } from 'node:child_process'
import { once } from 'node:events'
import { environment } from '../environment.js'
import { count, markdownTable } from '../markdown.js'
import { program } from '../program.js'
import type { RowGroup } from '../row-group.js'
import { quantile } from '../statistics.js'
import type { HttpClientName } from './clients/index.js'
import type { MemoryTask } from './memory-worker.js'
import { ServerProcess } from './server-process.js'

const clients = ['millpond', 'node', 'agentkeepalive', 'millpond dispatcher', 'undici.Agent'] satisfies HttpClientName[]
const MANY = 1_000

/** Bytes of an idle connection, its socket included, among a thousand to one origin; and of one to an origin of its own. */
export const memoryRows: RowGroup = {
  marker: 'http-memory',
  async measure({ isQuick, contenders, progress }) {
    const present = clients.filter((name) => contenders.includes(name))
    if (present.length === 0) return undefined
    const rounds = isQuick ? 1 : 3
    const [one, many] = [await ServerProcess.start('server'), await ServerProcess.start('server', MANY)]
    progress('memory: ')
    const lines: string[][] = []
    try {
      for (const client of present) {
        progress(`${client} `)
        const together = { client, connections: MANY, origins: one.origins() }
        const apart = { client, connections: 1, origins: many.origins(MANY) }
        lines.push([client, await medianBytes(together, rounds), await medianBytes(apart, rounds)])
      }
    } finally {
      one.end()
      many.end()
    }
    progress('\n')
    const head = ['bytes per idle connection', `${count(MANY)} of one origin`, `one of each of ${count(MANY)} origins`]
    const note = `Median of ${rounds} processes. ${environment(['@millpond/http', 'agentkeepalive', 'undici'])}`
    return { table: `${markdownTable(head, lines)}\n\n${note}`, verdicts: [] }
  },
}

async function medianBytes(task: MemoryTask, rounds: number): Promise<string> {
  const all: number[] = []
  for (let round = 0; round < rounds; round++) all.push((await bytesOf(task)) / MANY)
  return count(Math.round(quantile(all, 0.5)))
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
