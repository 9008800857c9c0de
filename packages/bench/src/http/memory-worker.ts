// What idle connections cost a client, in a process of its own with --expose-gc: client, connections per origin and
// origins as JSON. Tells the bytes of the heap and outside of it that have come to be held.
import { createHttpClient, type HttpClientName } from './clients/index.js'

export interface MemoryTask {
  readonly client: HttpClientName
  /** Per origin. */
  readonly connections: number
  readonly origins: readonly string[]
}

const { client, connections, origins } = JSON.parse(process.argv[2] ?? '') as MemoryTask

async function held(): Promise<number> {
  for (let time = 0; time < 5; time++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

// A client of another origin has warmed up all that is made once.
const [first] = origins as [string]
const another = await createHttpClient(client, { connections: 16, origin: first })
await Promise.all(Array.from({ length: 64 }, () => another.get(first, '/0')))
await another.close()
const before = await held()
const measured = await createHttpClient(client, { connections, origin: first })
await Promise.all(origins.flatMap((origin) => Array.from({ length: connections }, () => measured.get(origin, '/late'))))
process.send?.((await held()) - before)
process.once('disconnect', () => process.exit())
