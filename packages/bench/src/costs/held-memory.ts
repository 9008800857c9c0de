import { connections, type PoolSetup, Resource, standardSetup } from '../contender.js'
import { type ContenderName, loadContender } from '../contenders/index.js'
import { openAll } from '../contenders/open-all.js'
import { collectGarbage } from './collect-garbage.js'
import type { Figures, MemoryProbe } from './probe.js'

const never = 600_000

/** Makes so many; what it resolves with is held until memory has been read. */
type Make = (count: number, contender: ContenderName) => Promise<() => Promise<unknown>>

const make: Readonly<Record<MemoryProbe['of'], Make>> = { idle: idleConnections, waiter: waiters, key: keys }

/** Bytes of the heap that each holds. */
export async function heldMemory({ contender, of, count }: MemoryProbe): Promise<Figures> {
  // What is compiled and allocated once is there afterwards.
  await (await make[of](count, contender))()
  const making = await make[of](count, contender)
  const before = await heldBytes()
  const held = await making()
  const after = await heldBytes()
  if (held === undefined) throw new Error('nothing is held')
  return { bytes: (after - before) / count }
}

async function heldBytes(): Promise<number> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** The resources are there before, so that only what the pool adds is counted. */
function resources(count: number): () => Resource {
  const all = Array.from({ length: count }, () => new Resource())
  let next = 0
  return () => all[next++] as Resource
}

async function idleConnections(count: number, contender: ContenderName) {
  const setup: PoolSetup = { ...standardSetup, connections: count, acquireTimeout: never, open: resources(count) }
  return async () => {
    const pool = await loadContender(contender, { ...setup, idleTimeout: never })
    await openAll(pool, count)
    return pool
  }
}

/** Its promise included, which nobody but the pool holds. */
async function waiters(count: number, contender: ContenderName) {
  const pool = await loadContender(contender, { ...standardSetup, acquireTimeout: never })
  for (let one = 0; one < connections; one++) await pool.acquire()
  return async () => {
    for (let one = 0; one < count; one++) void pool.acquire()
    return pool
  }
}

/** With one idle connection each; the text of the key and the resource are the user's. */
async function keys(count: number, contender: ContenderName) {
  const all = Array.from({ length: count }, (_, index) => `db-${index}.example:5432`)
  const open = resources(count)
  if (contender === 'floor') return async () => new Map(all.map((key) => [key, [open()]]))
  const { createKeyedPool } = await import('@millpond/core')
  return async () => {
    const adapter = { name: 'bench', open, close: () => {} }
    const pool = createKeyedPool<string, Resource>({ key: (target) => target, adapter: () => adapter })
    for (const key of all) (await pool.acquire(key)).release()
    return pool
  }
}
