import { environment } from '../environment.js'
import { count, markdownTable } from '../markdown.js'
import type { RowGroup } from '../row-group.js'
import { createHttpClient, type HttpClientName } from './clients/index.js'
import { ServerProcess } from './server-process.js'

const clients = [
  'millpond',
  'node',
  'agentkeepalive',
  'millpond dispatcher',
  'undici.Pool',
  'undici.Agent',
] satisfies HttpClientName[]
const CALLERS = 64
const EVERY = 50

/** GETs against a server that closes every so many-th connection at the worst moment: how many callers see a failure. */
export const staleRows: RowGroup = {
  title: 'Connections that the server closes at the worst moment',
  marker: 'stale',
  async measure({ isQuick, contenders, progress }) {
    const requests = isQuick ? 5_000 : 100_000
    const present = clients.filter((name) => contenders.includes(name))
    if (present.length === 0) return undefined
    progress('stale: ')
    const failed = new Map<string, number>()
    for (const client of present) {
      progress(`${client} `)
      failed.set(client, await failures(client, requests))
    }
    progress('\n')
    const head = [`callers that see a failure, of ${count(requests)}`, '']
    const lines = present.map((client) => [client, count(failed.get(client) ?? 0)])
    return {
      table: `${markdownTable(head, lines)}\n\n${environment(['@millpond/http', 'agentkeepalive', 'undici'])}`,
      verdicts: present
        .filter((client) => client.startsWith('millpond'))
        .map((client) => `${failed.get(client) === 0 ? 'reached' : 'MISSED '}  ${client}: no caller sees a failure`),
    }
  },
}

async function failures(client: HttpClientName, requests: number): Promise<number> {
  const server = await ServerProcess.start('closing-server', EVERY)
  const [origin] = server.origins() as [string]
  const { get, close } = await createHttpClient(client, { connections: CALLERS, origin })
  let left = requests
  let failed = 0
  const caller = async () => {
    while (left-- > 0) {
      await get(origin, '/').catch(() => {
        failed++
      })
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  await close()
  server.end()
  return failed
}
