// GETs against a server that closes connections at the worst moment, through this agent, Node's, agentkeepalive and
// undici: how many callers see a failure.
//
//   cd packages/http && node --import tsx test/agent/measure/stale.ts [requests] [one in so many is hit]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { HttpAgent as AgentKeepAlive } from 'agentkeepalive'
import { Agent as UndiciAgent, request as undiciRequest } from 'undici'
import { createAgent } from '../../../src/index.js'

const [requests = 100_000, every = 50] = process.argv.slice(2).map(Number)
const CONCURRENT = 64

interface Peer {
  get(port: number): Promise<unknown>
  end(): unknown
  note?(): string
}

function throughHttp(agent: http.Agent): Peer {
  const get = (port: number) =>
    new Promise((resolve, reject) => {
      http
        .get({ agent, host: '127.0.0.1', port }, (response) => {
          response.on('end', resolve).on('error', reject).resume()
        })
        .on('error', reject)
    })
  return { get, end: () => agent.destroy() }
}

function millpond(): Peer {
  const agent = createAgent({ perKey: CONCURRENT })
  const note = () => {
    const { resent, opened } = agent.stats()
    return `${resent} sent again, ${opened} connections`
  }
  return { ...throughHttp(agent), note }
}

function undici(): Peer {
  const dispatcher = new UndiciAgent({ connections: CONCURRENT })
  const get = async (port: number) => {
    const { body } = await undiciRequest(`http://127.0.0.1:${port}/`, { dispatcher })
    await body.dump()
  }
  return { get, end: () => dispatcher.destroy() }
}

const peers: Record<string, () => Peer> = {
  millpond,
  node: () => throughHttp(new http.Agent({ keepAlive: true, maxSockets: CONCURRENT })),
  agentkeepalive: () => throughHttp(new AgentKeepAlive({ maxSockets: CONCURRENT, maxFreeSockets: CONCURRENT })),
  undici,
}

console.log(`Node ${process.version}: ${requests} GETs, one in ${every} meets a server that closes`)
for (const [name, make] of Object.entries(peers)) {
  const server = fork(new URL('closing-server.mjs', import.meta.url), [String(every)])
  const [port] = (await once(server, 'message')) as [number]
  const peer = make()
  let left = requests
  let failed = 0
  const codes = new Map<string, number>()
  const worker = async () => {
    while (left-- > 0) {
      await peer.get(port).catch((error) => {
        failed++
        codes.set(error.code, (codes.get(error.code) ?? 0) + 1)
      })
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  console.log(`${name}: ${failed} failed ${JSON.stringify(Object.fromEntries(codes))} ${peer.note?.() ?? ''}`)
  await peer.end()
  server.disconnect()
}
