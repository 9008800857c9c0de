import { setImmediate, setTimeout } from 'node:timers/promises'

/** ms between two looks, after the first few, which follow each other as fast as the event loop goes. */
const PAUSE = 5
const FAST = 20

/** Looks again and again until it is so; false when it is not within `limit` ms. */
export async function eventually(isSo: () => boolean | Promise<boolean>, limit: number): Promise<boolean> {
  const deadline = performance.now() + limit
  for (let look = 1; ; look++) {
    if (await isSo()) return true
    if (performance.now() > deadline) return false
    if (look < FAST) await setImmediate()
    else await setTimeout(PAUSE)
  }
}

/** Lets the event loop go round often enough that whatever has arrived is delivered, and what follows from it. */
export async function delivered(): Promise<void> {
  await setTimeout(PAUSE)
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}
