import { setTimeout } from 'node:timers/promises'
import type { Access } from './access.js'
import { ServerProcess } from './server-process.js'

/** What became of one run. */
export interface Outcome {
  readonly answered: number
  readonly failed: number
  readonly opened: number
  /** ms that half of the answers took at most, and all but one in a hundred. */
  readonly p50: number
  readonly p99: number
  /** Generations of the server that have answered. */
  readonly generations: number
}

const clients = 16
const reloads = 3

/** Clients that ask one after the other, half of them by fetch, while the server is reloaded. */
export async function run(through: Access, ms: number): Promise<Outcome> {
  await using server = await ServerProcess.start()
  await using access = through
  const took: number[] = []
  const generations = new Set<string>()
  let failed = 0
  let isOver = false
  const client = async (ask: Access['get']) => {
    while (!isOver) {
      const began = performance.now()
      try {
        generations.add(await ask(server.port))
        took.push(performance.now() - began)
      } catch {
        failed++
        await setTimeout(10)
      }
    }
  }
  const loops = Array.from({ length: clients }, (_, index) => client(index % 2 === 0 ? access.get : access.fetch))
  for (let reload = 0; reload < reloads; reload++) {
    await setTimeout(ms / (reloads + 1))
    await server.reload()
  }
  await setTimeout(ms / (reloads + 1))
  isOver = true
  await Promise.all(loops)
  took.sort((a, b) => a - b)
  const at = (share: number) => took[Math.floor((took.length - 1) * share)] ?? Number.NaN
  return {
    answered: took.length,
    failed,
    opened: access.opened(),
    p50: at(0.5),
    p99: at(0.99),
    generations: generations.size,
  }
}
