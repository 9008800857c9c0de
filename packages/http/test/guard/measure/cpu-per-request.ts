/**
 * CPU time per request of a server under guard and of the same server without, each in a process of its own. Two
 * processes of one program differ by more than what is measured, by where the kernel puts them and which came first; so
 * pairs are started anew, in changing order, and each is measured in short rounds in turns:
 * `node --import tsx test/guard/measure/cpu-per-request.ts [pairs] [rounds]` in packages/http.
 */
import { KeepAliveClient } from './keep-alive-client.js'
import { median, quantile } from './quantile.js'
import { ServerProcess } from './server-process.js'

const [pairs, rounds] = [Number(process.argv[2] ?? 6), Number(process.argv[3] ?? 40)]
const CLIENTS = 16
const WARM_UP = 3_000
const REQUESTS = 100

const options = { max: 10_000, perClient: { max: 5_000 }, request: { minRate: 240 } }

interface Side {
  readonly kind: 'plain' | 'guarded'
  readonly server: ServerProcess
  readonly clients: readonly KeepAliveClient[]
}

async function start(kind: Side['kind']): Promise<Side> {
  const server = await ServerProcess.start(kind, options)
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => KeepAliveClient.connect(server.port)))
  return { kind, server, clients }
}

/** µs of CPU time per request. */
async function measure({ server, clients }: Side, requests: number): Promise<number> {
  const before = (await server.ask('cpu')).cpu as number
  await Promise.all(clients.map((client) => client.run(requests)))
  const after = (await server.ask('cpu')).cpu as number
  return (after - before) / (CLIENTS * requests)
}

const all = { plain: [] as number[], guarded: [] as number[] }
const costs: number[] = []
for (let pair = 0; pair < pairs; pair++) {
  const order = pair % 2 === 0 ? (['plain', 'guarded'] as const) : (['guarded', 'plain'] as const)
  const sides: Side[] = []
  for (const kind of order) sides.push(await start(kind))
  for (const side of sides) await measure(side, WARM_UP)
  const taken = { plain: [] as number[], guarded: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
      taken[side.kind].push(await measure(side, REQUESTS))
    }
  }
  for (const { server, clients } of sides) {
    for (const { socket } of clients) socket.destroy()
    await server.stop()
  }
  const [plain, guarded] = [median(taken.plain), median(taken.guarded)]
  costs.push((guarded / plain - 1) * 100)
  all.plain.push(...taken.plain)
  all.guarded.push(...taken.guarded)
  console.log(
    `${order.join(' before ')}: plain ${plain.toFixed(2)}, guarded ${guarded.toFixed(2)} µs: ${costs.at(-1)?.toFixed(1)} %`,
  )
}
for (const [name, share] of [
  ['median', 0.5],
  ['lowest tenth', 0.1],
] as const) {
  const [plain, guarded] = [quantile(all.plain, share), quantile(all.guarded, share)]
  console.log(`${name}: plain ${plain.toFixed(2)}, guarded ${guarded.toFixed(2)} µs of CPU per request`)
}
console.log(`guard costs ${median(costs).toFixed(1)} % (median of ${pairs} pairs of ${rounds} rounds)`)
