import { setTimeout } from 'node:timers/promises'

/** What has no holder any more is gone afterwards, what finalizers let go included. Needs `--expose-gc`. */
export async function collectGarbage(): Promise<void> {
  if (globalThis.gc === undefined) throw new Error('the garbage collector is not at hand: run node with --expose-gc')
  for (let time = 0; time < 4; time++) {
    globalThis.gc()
    await setTimeout(5)
  }
}
