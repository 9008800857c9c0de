// GETs through `pool.request`, through a lease for each stream, and on a bare session of Node's (waiting for the head of
// the answer first, as `request` does, or not), side by side in one run, the server in another process. Prints the medians of interleaved rounds: requests per second,
// each round's ratio to the bare session, and µs of CPU time of this process for one request.
//
//   cd packages/http && node --import tsx test/http2/measure/requests.ts [rounds] [ms a round] [KiB,…] [concurrent,…]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http2, { type ClientHttp2Stream } from 'node:http2'
import type { Readable } from 'node:stream'
import { createHttp2Pool } from '../../../src/http2.js'
import { median } from '../../guard/measure/quantile.js'

const [rounds = 9, duration = 500] = process.argv.slice(2, 4).map(Number)
const [sizes = [0, 16], concurrencies = [1, 16, 64]] = process.argv.slice(4).map((list) => list.split(',').map(Number))

const server = fork(new URL('server.mjs', import.meta.url))
const [port] = (await once(server, 'message')) as [number]
const origin = `http://127.0.0.1:${port}`

function read(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('end', resolve).on('error', reject).resume()
  })
}

const get = (stream: ClientHttp2Stream) => read(stream)
const requesting = createHttp2Pool({ perKey: 1 })
const leasing = createHttp2Pool({ perKey: 1 })
const session = http2.connect(origin)

const peers: Record<string, (path: string) => Promise<void>> = {
  request: async (path) => read((await requesting.request(origin + path)).body),
  lease: (path) => leasing.use(origin, (leased) => get(leased.request({ ':path': path }))),
  async head(path) {
    const stream = session.request({ ':path': path })
    await new Promise((resolve, reject) => stream.on('response', resolve).on('error', reject))
    await read(stream)
  },
  bare: (path) => get(session.request({ ':path': path })),
}

interface Round {
  readonly rate: number
  readonly cpu: number
}

async function perSecond(send: (path: string) => Promise<void>, path: string, concurrent: number): Promise<Round> {
  let done = 0
  const start = performance.now()
  const before = process.cpuUsage()
  const worker = async () => {
    while (performance.now() < start + duration) {
      await send(path)
      done++
    }
  }
  await Promise.all(Array.from({ length: concurrent }, worker))
  const { user, system } = process.cpuUsage(before)
  return { rate: (done / (performance.now() - start)) * 1_000, cpu: (user + system) / done }
}

const names = Object.keys(peers)
console.log(
  `Node ${process.version}, ${rounds} rounds of ${duration} ms; requests per second (share of bare; µs of CPU)`,
)
console.log(['KiB', 'concurrent', ...names].join('\t'))
const all: Record<string, number[]> = {}
for (const kib of sizes) {
  for (const concurrent of concurrencies) {
    const rates = Object.fromEntries(names.map((name) => [name, [] as Round[]]))
    for (let round = -1; round < rounds; round++) {
      // Another first one each round.
      const turn = Math.max(0, round) % names.length
      for (const name of [...names.slice(turn), ...names.slice(0, turn)]) {
        const rate = await perSecond(peers[name] as (path: string) => Promise<void>, `/${kib}`, concurrent)
        if (round >= 0) rates[name]?.push(rate)
      }
    }
    const bare = rates.bare as Round[]
    const cells = names.map((name) => {
      const own = rates[name] as Round[]
      const share = median(own.map(({ rate }, round) => rate / (bare[round] as Round).rate))
      all[name] ??= []
      all[name].push(share)
      const cpu = median(own.map((one) => one.cpu))
      return `${Math.round(median(own.map((one) => one.rate)))} (${share.toFixed(2)}; ${cpu.toFixed(0)})`
    })
    console.log([kib, concurrent, ...cells].join('\t'))
  }
}
const means = names.map((name) => {
  const shares = all[name] as number[]
  return `${name} ${Math.exp(shares.reduce((sum, share) => sum + Math.log(share), 0) / shares.length).toFixed(2)}`
})
console.log(`geometric means: ${means.join(', ')}`)
await Promise.all([requesting.close(), leasing.close()])
session.close()
server.disconnect()
