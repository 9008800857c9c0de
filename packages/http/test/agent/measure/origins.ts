// Keep-alive GETs to one origin and, in turn, to a thousand, which differ by their loopback address: does a request cost
// more the more origins there are? CPU time of this process, since the kernel's part grows with the sockets.
//
//   cd packages/http && node --import tsx test/agent/measure/origins.ts [rounds] [requests a round]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { createAgent } from '../../../src/index.js'

const [rounds = 7, requests = 10_000] = process.argv.slice(2).map(Number)
const CONCURRENT = 16

const server = fork(new URL('server.mjs', import.meta.url), ['0.0.0.0'])
const [port] = (await once(server, 'message')) as [number]

function get(agent: http.Agent, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.get({ agent, host, port, path: '/0' }, (response) => response.on('end', resolve).resume()).on('error', reject)
  })
}

/** µs of user CPU time for one request. */
async function cost(agent: http.Agent, hosts: readonly string[]): Promise<number> {
  let next = 0
  const before = process.cpuUsage()
  const worker = async () => {
    while (next < requests) await get(agent, hosts[next++ % hosts.length] as string)
  }
  await Promise.all(Array.from({ length: CONCURRENT }, worker))
  return process.cpuUsage(before).user / requests
}

const thousand = Array.from({ length: 1_000 }, (_, i) => `127.0.${1 + Math.floor(i / 250)}.${1 + (i % 250)}`)
const settings = { idle: { timeout: 60_000 }, keepAliveMargin: 0 }
const rivals = [
  { name: 'millpond, 1 origin', agent: createAgent(settings), hosts: ['127.0.0.1'] },
  { name: 'millpond, 1000 origins', agent: createAgent(settings), hosts: thousand },
  { name: 'node, 1 origin', agent: new http.Agent({ keepAlive: true }), hosts: ['127.0.0.1'] },
  { name: 'node, 1000 origins', agent: new http.Agent({ keepAlive: true }), hosts: thousand },
].map((rival) => ({ ...rival, costs: [] as number[] }))

for (let round = -1; round < rounds; round++) {
  for (const { agent, hosts, costs } of rivals) {
    const spent = await cost(agent, hosts)
    if (round >= 0) costs.push(spent)
  }
}
console.log(`Node ${process.version}, ${rounds} rounds of ${requests} requests, ${CONCURRENT} at a time`)
for (const { name, costs } of rivals) {
  const sorted = costs.toSorted((a, b) => a - b)
  console.log(
    `${name}: median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} µs, least ${sorted[0]?.toFixed(1)} µs`,
  )
}
for (const { agent } of rivals) agent.destroy()
server.disconnect()
