/**
 * CPU time per request of a server under guard and of the same server without, each in a process of its own, in
 * interleaved rounds: `node --import tsx test/guard/measure/cpu-per-request.ts [rounds]` in packages/http.
 */
import { KeepAliveClient } from './keep-alive-client.js'
import { median } from './median.js'
import { ServerProcess } from './server-process.js'

const rounds = Number(process.argv[2] ?? 15)
const CLIENTS = 16
const REQUESTS = 1_500

const options = { max: 10_000, perClient: { max: 5_000 }, request: { minRate: 240 } }
const kinds = ['plain', 'guarded'] as const

async function measure(server: ServerProcess, clients: readonly KeepAliveClient[]): Promise<number> {
  const before = (await server.ask('cpu')).cpu as number
  await Promise.all(clients.map((client) => client.run(REQUESTS)))
  const after = (await server.ask('cpu')).cpu as number
  return (after - before) / (CLIENTS * REQUESTS)
}

const sides = await Promise.all(
  kinds.map(async (kind) => {
    const server = await ServerProcess.start(kind, options)
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => KeepAliveClient.connect(server.port)))
    return { kind, server, clients, rounds: [] as number[] }
  }),
)
for (const side of sides) for (let i = 0; i < 3; i++) await measure(side.server, side.clients)
for (let round = 0; round < rounds; round++) {
  for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
    side.rounds.push(await measure(side.server, side.clients))
  }
}
for (const { kind, rounds } of sides) console.log(`${kind}: ${median(rounds).toFixed(2)} µs of CPU per request`)
const [plain, guarded] = sides as [(typeof sides)[0], (typeof sides)[0]]
const ratios = plain.rounds.map((own, round) => (guarded.rounds[round] as number) / own)
console.log(`guard costs ${((median(ratios) - 1) * 100).toFixed(1)} % (median of ${rounds} interleaved rounds)`)
for (const { server, clients } of sides) {
  for (const { socket } of clients) socket.destroy()
  await server.stop()
}
