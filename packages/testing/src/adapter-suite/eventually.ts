import { setImmediate, setTimeout } from 'node:timers/promises'

/** ms between two looks. */
const PAUSE = 5

/** Looks again and again until it is so; false when it is not within `limit` ms. */
export async function eventually(isSo: () => boolean | Promise<boolean>, limit: number): Promise<boolean> {
  const deadline = performance.now() + limit
  for (;;) {
    if (await isSo()) return true
    if (performance.now() > deadline) return false
    await setTimeout(PAUSE)
  }
}

/** Lets the event loop go round often enough that whatever has arrived is delivered, and what follows from it. */
export async function delivered(): Promise<void> {
  await setTimeout(PAUSE)
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}
