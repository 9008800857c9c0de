// Keep-alive GETs through this dispatcher, undici's Pool and undici's Agent, side by side in one run, the server in
// another process. Prints the medians of interleaved rounds in random order, and the medians of each round's ratios.
//
//   cd packages/http && node --import tsx test/undici/measure/throughput.ts [rounds] [ms a round] [KiB,…] [concurrent,…] [fetch]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent, type Dispatcher, fetch, Pool } from 'undici'
import { createDispatcher } from '../../../src/undici.js'
import { median } from '../../guard/measure/quantile.js'

const [rounds = 9, duration = 400] = process.argv.slice(2, 4).map(Number)
const [sizes = [0, 1, 64], concurrencies = [16, 64, 256]] = process.argv
  .slice(4, 6)
  .map((list) => list.split(',').map(Number))
const isFetch = process.argv[6] === 'fetch'

const peers: Record<string, (origin: string, connections: number) => Dispatcher> = {
  millpond: (_origin, perKey) => createDispatcher({ perKey }),
  Pool: (origin, connections) => new Pool(origin, { connections }),
  Agent: (_origin, connections) => new Agent({ connections }),
}

async function get(dispatcher: Dispatcher, origin: string, path: string): Promise<void> {
  if (isFetch) {
    const response = await fetch(origin + path, { dispatcher })
    await response.arrayBuffer()
    return
  }
  const { body } = await dispatcher.request({ origin, path, method: 'GET' })
  await body.dump()
}

/** For ms; gives the requests per second. */
async function rate(dispatcher: Dispatcher, origin: string, path: string, concurrent: number): Promise<number> {
  let done = 0
  const start = performance.now()
  const end = start + duration
  const worker = async () => {
    while (performance.now() < end) {
      await get(dispatcher, origin, path)
      done++
    }
  }
  await Promise.all(Array.from({ length: concurrent }, worker))
  return (done / (performance.now() - start)) * 1_000
}

function shuffled<T>(list: readonly T[]): T[] {
  return list
    .map((value) => ({ value, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ value }) => value)
}

const server = fork(new URL('../../agent/measure/server.mjs', import.meta.url))
const [port] = (await once(server, 'message')) as [number]
const origin = `http://127.0.0.1:${port}`
const names = Object.keys(peers)
console.log(`Node ${process.version}, ${rounds} rounds of ${duration} ms; requests per second (millpond's share of it)`)
console.log(['KiB', 'concurrent', 'connections', ...names].join('\t'))
const shares: Record<string, number[]> = {}
for (const kib of sizes) {
  for (const concurrent of concurrencies) {
    for (const connections of new Set([16, Math.min(concurrent, 128)])) {
      const running = names.map((name) => ({
        name,
        dispatcher: peers[name]?.(origin, connections) as Dispatcher,
        rates: [] as number[],
      }))
      for (const { dispatcher } of running) await rate(dispatcher, origin, `/${kib}`, concurrent)
      for (let round = 0; round < rounds; round++) {
        for (const { dispatcher, rates } of shuffled(running)) {
          rates.push(await rate(dispatcher, origin, `/${kib}`, concurrent))
        }
      }
      for (const { dispatcher } of running) await dispatcher.destroy()
      const ours = running[0]?.rates as number[]
      const cells = running.map(({ name, rates }) => {
        const share = median(rates.map((each, round) => (ours[round] as number) / each))
        shares[name] ??= []
        shares[name].push(share)
        return `${Math.round(median(rates))} (${share.toFixed(3)})`
      })
      console.log([kib, concurrent, connections, ...cells].join('\t'))
    }
  }
}
const means = names.map((name) => {
  const all = shares[name] as number[]
  const mean = Math.exp(all.reduce((sum, share) => sum + Math.log(share), 0) / all.length)
  return `${name} ${mean.toFixed(3)} (least ${Math.min(...all).toFixed(3)})`
})
console.log(`geometric means of the ratios: ${means.join(', ')}`)
server.disconnect()
