import { environment } from '../environment.js'
import { interleave } from '../interleave.js'
import { cell, count, markdownTable, times } from '../markdown.js'
import { pinnedWherePossible } from '../pinning.js'
import { ratio } from '../ratio.js'
import { type Findings, howOften, type RowGroup, type Run } from '../row-group.js'
import type { Summary } from '../statistics.js'
import { verdict } from '../verdict.js'
import { fullEffort } from '../wire/efforts.js'
import type { HttpClientName } from './clients/index.js'
import { ServerProcess } from './server-process.js'

const clients = [
  'millpond',
  'node',
  'millpond dispatcher',
  'undici.Agent',
  'floor dispatcher',
] satisfies HttpClientName[]
const CALLERS = 16
const MANY = 1_000

const compared = [
  { ours: 'millpond', other: 'node' },
  { ours: 'millpond dispatcher', other: 'undici.Agent' },
] as const

const nameOf = (client: string, origins: number) => `${client}, ${origins}`

/** Requests to one origin and to a thousand in turn, which differ by their loopback address. */
export const originRows: RowGroup = {
  title: 'A thousand origins',
  marker: 'origins',
  measure: (run) => pinnedWherePossible(() => measured(run)),
}

async function measured({ isQuick, contenders, progress }: Run): Promise<Findings | undefined> {
  const present = clients.filter((name) => contenders.includes(name))
  // In a hurry, a thousand connections are not even open.
  if (isQuick || present.length === 0) return undefined
  const effort = { ...fullEffort, processes: 3 }
  const [one, many] = [await ServerProcess.start('server'), await ServerProcess.start('server', MANY)]
  progress('origins: ')
  try {
    const tasks = present.flatMap((client) =>
      [one.origins(), many.origins(MANY)].map((origins) => ({
        name: nameOf(client, origins.length),
        callers: CALLERS,
        exchange: { kind: 'http' as const, client, connections: CALLERS, origins, path: '/0' },
      })),
    )
    const summaries = await interleave(tasks, effort, progress)
    const growth = (client: string) => ratio(summaries.get(nameOf(client, MANY)), summaries.get(nameOf(client, 1)))
    const lines = present.map((client) => [
      client,
      cell(summaries.get(nameOf(client, 1))),
      cell(summaries.get(nameOf(client, MANY))),
      times(growth(client)),
    ])
    const head = ['ns per request', '1 origin', `${count(MANY)} origins`, '× one']
    const note = `${howOften(effort)} ${environment(['@millpond/http', 'undici'])}`
    const verdicts = present
      .filter((client) => client.startsWith('millpond'))
      .map((client) => verdict(`${client}: a request to one of ${MANY} origins`, growth(client), 'at most', 1.3))
    return {
      table: `${markdownTable(head, lines)}\n\n${note}`,
      verdicts: verdicts.filter((line) => line !== undefined),
      ratios: ratios(summaries),
    }
  } finally {
    one.end()
    many.end()
  }
}

/** How many times our time for a request another's is. */
function ratios(summaries: ReadonlyMap<string, Summary>): Record<string, number> {
  const all: Record<string, number> = {}
  for (const origins of [1, MANY]) {
    for (const { ours, other } of compared) {
      const times = ratio(summaries.get(nameOf(other, origins)), summaries.get(nameOf(ours, origins)))
      if (times !== undefined)
        all[`${count(origins)} ${origins === 1 ? 'origin' : 'origins'}, ${ours} × ${other}`] = times
    }
  }
  return all
}
