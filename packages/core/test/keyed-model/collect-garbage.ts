import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

/** Collects what nobody references any more, and lets what is told of it be told. */
export async function collectGarbage(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    gc()
  }
  await new Promise((resolve) => setImmediate(resolve))
}
