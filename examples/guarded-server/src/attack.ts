import { type Answers, Clients } from './clients.js'
import { ServerProcess } from './server-process.js'
import { Slowloris } from './slowloris.js'

/** One run, before and during the attack. */
export interface Outcome {
  readonly kind: 'guarded' | 'unguarded'
  readonly before: Answers
  readonly during: Answers
  /** Connections of the attack, at its end. */
  readonly held: number
  readonly refused: number
}

export const clientCount = 8
const attackers = 200

export async function attack(kind: Outcome['kind'], ms: number): Promise<Outcome> {
  await using server = await ServerProcess.start(kind)
  await using clients = new Clients(server.port, clientCount)
  await clients.during(300)
  const before = await clients.during(ms)
  const slowloris = new Slowloris(server.port)
  slowloris.begin(attackers)
  await clients.during(300)
  const during = await clients.during(ms)
  const { foreign, refused } = await server.counts()
  slowloris.end()
  return { kind, before, during, held: foreign, refused }
}
