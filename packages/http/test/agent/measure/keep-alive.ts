// Keep-alive GETs through this agent, Node's, agentkeepalive and a bare array of sockets, side by side in one run, the
// server in another process. Prints the medians of interleaved rounds, and the medians of each round's ratios.
//
//   cd packages/http && node --import tsx test/agent/measure/keep-alive.ts [rounds] [ms a round] [KiB,…] [concurrent,…]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { HttpAgent as AgentKeepAlive } from 'agentkeepalive'
import { createAgent } from '../../../src/index.js'
import { median } from '../../guard/measure/quantile.js'

const [rounds = 7, duration = 500] = process.argv.slice(2, 4).map(Number)
const [sizes = [0, 1, 64], concurrencies = [16, 64, 256]] = process.argv
  .slice(4)
  .map((list) => list.split(',').map(Number))

interface Peer {
  readonly agent: http.Agent
  end(): void
}

/** What an agent costs at least: an array to pop from and push to, nothing else. */
class BareAgent extends http.Agent {
  readonly #free: net.Socket[] = []
  readonly #waiting: { onSocket(socket: net.Socket): void }[] = []
  #left: number

  constructor(maxSockets: number) {
    super({ keepAlive: true, maxSockets })
    this.#left = maxSockets
  }

  addRequest(request: { onSocket(socket: net.Socket): void }, options: { port: number; host: string }): void {
    const socket = this.#free.pop()
    if (socket) request.onSocket(socket)
    else if (this.#left > 0) {
      this.#left--
      const opened = net.connect({ port: options.port, host: options.host, noDelay: true })
      opened.on('free', () => {
        const next = this.#waiting.shift()
        if (next) next.onSocket(opened)
        else this.#free.push(opened)
      })
      request.onSocket(opened)
    } else this.#waiting.push(request)
  }

  end(): void {
    for (const socket of this.#free) socket.destroy()
  }
}

const peers: Record<string, (size: number) => Peer> = {
  millpond(size) {
    const agent = createAgent({ perKey: size })
    return { agent, end: () => void agent.destroy() }
  },
  node(maxSockets) {
    const agent = new http.Agent({ keepAlive: true, maxSockets })
    return { agent, end: () => agent.destroy() }
  },
  agentkeepalive(maxSockets) {
    const agent = new AgentKeepAlive({ maxSockets, maxFreeSockets: maxSockets })
    return { agent, end: () => agent.destroy() }
  },
  bare(size) {
    const agent = new BareAgent(size)
    return { agent, end: () => agent.end() }
  },
}

function get(agent: http.Agent, port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http
      .get({ agent, host: '127.0.0.1', port, path }, (response) => {
        response.on('end', resolve).on('error', reject).resume()
      })
      .on('error', reject)
  })
}

async function requestsPerSecond(agent: http.Agent, port: number, path: string, concurrent: number): Promise<number> {
  let done = 0
  const end = performance.now() + duration
  const worker = async () => {
    while (performance.now() < end) {
      await get(agent, port, path)
      done++
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: concurrent }, worker))
  return (done / (performance.now() - start)) * 1_000
}

const server = fork(new URL('server.mjs', import.meta.url))
const [port] = (await once(server, 'message')) as [number]
const names = Object.keys(peers)
console.log(`Node ${process.version}, ${rounds} rounds of ${duration} ms; requests per second (millpond's share of it)`)
console.log(['KiB', 'concurrent', 'size', ...names].join('\t'))
const shares: Record<string, number[]> = {}
for (const kib of sizes) {
  for (const concurrent of concurrencies) {
    const size = Math.min(concurrent, 128)
    const running = names.map((name) => ({ name, peer: peers[name]?.(size) as Peer, rates: [] as number[] }))
    for (const { peer } of running) await requestsPerSecond(peer.agent, port, `/${kib}`, concurrent)
    for (let round = 0; round < rounds; round++) {
      // Another first one each round.
      const order = [...running.slice(round % names.length), ...running.slice(0, round % names.length)]
      for (const { peer, rates } of order) {
        rates.push(await requestsPerSecond(peer.agent, port, `/${kib}`, concurrent))
      }
    }
    for (const { peer } of running) peer.end()
    const ours = running[0]?.rates as number[]
    const cells = running.map(({ name, rates }) => {
      const share = median(rates.map((rate, round) => (ours[round] as number) / rate))
      shares[name] ??= []
      shares[name].push(share)
      return `${Math.round(median(rates))} (${share.toFixed(2)})`
    })
    console.log([kib, concurrent, size, ...cells].join('\t'))
  }
}
const means = names.map((name) => {
  const all = shares[name] as number[]
  return `${name} ${Math.exp(all.reduce((sum, share) => sum + Math.log(share), 0) / all.length).toFixed(2)}`
})
console.log(`geometric means of the ratios: ${means.join(', ')}`)
server.disconnect()
