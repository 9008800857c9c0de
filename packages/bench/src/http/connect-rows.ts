import { environment } from '../environment.js'
import { count, markdownTable } from '../markdown.js'
import type { RowGroup } from '../row-group.js'
import { createHttpClient, type HttpClientName } from './clients/index.js'
import { ServerProcess } from './server-process.js'

const clients = [
  'node, no keep-alive',
  'millpond',
  'node',
  'agentkeepalive',
  'millpond dispatcher',
  'undici.Pool',
  'undici.Agent',
] satisfies HttpClientName[]
const CALLERS = 64

/** Connections that the server has accepted for so many requests. */
export const connectRows: RowGroup = {
  title: 'Connects',
  marker: 'connects',
  async measure({ isQuick, contenders, progress }) {
    const requests = isQuick ? 2_000 : 10_000
    const present = clients.filter((name) => contenders.includes(name))
    if (present.length === 0) return undefined
    progress('connects: ')
    const connects = new Map<string, number>()
    for (const client of present) {
      progress(`${client} `)
      connects.set(client, await connectsOf(client, requests))
    }
    progress('\n')
    const lines = present.map((client) => [client, count(connects.get(client) ?? 0)])
    const head = [`connects for ${count(requests)} requests, ${CALLERS} at a time`, '']
    const without = connects.get('node, no keep-alive')
    return {
      table: `${markdownTable(head, lines)}\n\n${environment(['@millpond/http', 'agentkeepalive', 'undici'])}`,
      verdicts: present
        .filter((client) => client.startsWith('millpond') && without !== undefined)
        .map((client) => fewer(client, 1 - (connects.get(client) ?? 0) / (without as number))),
    }
  },
}

function fewer(client: string, share: number): string {
  return `${share >= 0.95 ? 'reached' : 'MISSED '}  ${client}: ${(share * 100).toFixed(1)} % fewer connects than without keep-alive (at least 95 %)`
}

async function connectsOf(client: HttpClientName, requests: number): Promise<number> {
  const server = await ServerProcess.start('server')
  const [origin] = server.origins() as [string]
  const { get, close } = await createHttpClient(client, { connections: CALLERS, origin })
  let left = requests
  const caller = async () => {
    while (left-- > 0) await get(origin, '/0')
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  await close()
  const accepted = await server.accepted()
  server.end()
  return accepted
}
