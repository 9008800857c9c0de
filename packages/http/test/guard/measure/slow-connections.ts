/**
 * Throughput of 64 working clients alone, and beside 2,000 connections that send a byte of their headers every three seconds; and how
 * long these last: `node --import tsx test/guard/measure/slow-connections.ts` in packages/http.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { KeepAliveClient } from './keep-alive-client.js'
import { median } from './quantile.js'
import { ServerProcess } from './server-process.js'

const SLOW = 2_000
const WORKING = 64
const ATTACKS = 7
const TIMEOUT = 8_000
/** Requests of each client in a round: eight rounds take most of the time that the slow ones are there. */
const ROUND = 400
const program = fileURLToPath(new URL('slow-clients.ts', import.meta.url))
const tsx = createRequire(import.meta.url).resolve('tsx')

async function perSecond(clients: readonly KeepAliveClient[], requests: number): Promise<number> {
  const start = performance.now()
  await Promise.all(clients.map((client) => client.run(requests)))
  return (clients.length * requests) / ((performance.now() - start) / 1_000)
}

const options = { header: { timeout: TIMEOUT }, max: 5_000 }
const server = await ServerProcess.start('guarded', options)
const clients = await Promise.all(Array.from({ length: WORKING }, () => KeepAliveClient.connect(server.port)))
await perSecond(clients, 500)

/** The median of eight rounds. */
async function throughput(): Promise<number> {
  const rounds: number[] = []
  for (let round = 0; round < 8; round++) rounds.push(await perSecond(clients, ROUND))
  return median(rounds)
}

const [shares, lasted]: [number[], number[]] = [[], []]
for (let attacked = 0; attacked < ATTACKS; attacked++) {
  const alone = await throughput()
  const attack = fork(program, [String(server.port), String(SLOW)], { execArgv: ['--import', tsx] })
  await once(attack, 'message')
  const opened = performance.now()
  const gone = once(attack, 'message').then(() => lasted.push(performance.now() - opened))
  const beside = await throughput()
  const { size } = await server.ask('memory')
  await gone
  shares.push((beside / alone) * 100)
  console.log(
    `alone ${alone.toFixed(0)} requests/s, beside ${SLOW} slow ones ${beside.toFixed(0)}: ${shares.at(-1)?.toFixed(1)} %; ${size} connections held`,
  )
}
console.log(
  `median ${median(shares).toFixed(1)} %; the last slow one was gone ${Math.max(...lasted).toFixed(0)} ms after the last had come, with a timeout of ${TIMEOUT} ms`,
)
const { timedOut } = await server.ask('memory')
console.log(`${timedOut} timed out`)
for (const { socket } of clients) socket.destroy()
await server.stop()
