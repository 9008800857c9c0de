import { createHook } from 'node:async_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Contender } from '../contender.js'
import { createContender } from '../contenders/index.js'
import { borrowing, type Load } from '../load.js'
import { quantile } from '../statistics.js'
import type { AllocationProbe, Figures } from './probe.js'

const warmUp = 60_000
const slices = 9
const operations = 10_000
/** Fewer, since the hook that counts promises is slow. */
const watched = 1000

/** Bytes that one acquire and one release allocate, the borrower's own `await` included, and promises that the pool
 * creates for them. */
export async function allocations({ contender: name, borrowers }: AllocationProbe): Promise<Figures> {
  const contender = await createContender(name)
  const load = borrowing(contender, borrowers)
  await load(warmUp)
  const bytes: number[] = []
  for (let slice = 0; slice < slices; slice++) bytes.push(await bytesPerOperation(load))
  return { bytes: quantile(bytes, 0.5), promises: await promisesOf(contender, borrowers) }
}

async function bytesPerOperation(load: Load): Promise<number> {
  // Now there is room for all that follows.
  globalThis.gc?.()
  const before = getHeapStatistics().used_heap_size
  const done = await load(operations)
  return (getHeapStatistics().used_heap_size - before) / done
}

/** Without those of the borrower's loop: what is left of a pool that has its promise ready. */
async function promisesOf(contender: Contender, borrowers: number): Promise<number> {
  const all = await promisesPerOperation(borrowing(contender, borrowers))
  // Its users do not await: nothing of it is the loop's.
  if (contender.borrow !== undefined) return all
  return all - (await promisesPerOperation(borrowing(ready(), borrowers)))
}

async function promisesPerOperation(load: Load): Promise<number> {
  let promises = 0
  const hook = createHook({
    init(_id, type) {
      if (type === 'PROMISE') promises++
    },
  }).enable()
  const done = await load(watched)
  hook.disable()
  return promises / done
}

/** Creates no promise. */
function ready(): Contender<undefined> {
  const granted = Promise.resolve(undefined)
  return { acquire: () => granted, release: () => {}, close: async () => {} }
}
