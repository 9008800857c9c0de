import type { Durations, Round, Stopwatch } from '../stopwatch.js'
import { waitsOf } from '../waits-of.js'

/** One question to a server; resolves with its whole answer. */
export type Ask = () => Promise<unknown>

/** So many callers, each of whom asks again as soon as it has an answer, for the time of a round. */
export function sustained(ask: Ask, callers: number, { warmUp, round }: Durations): Stopwatch {
  async function measure(milliseconds: number): Promise<Round> {
    const taken: number[] = []
    const began = performance.now()
    const end = began + milliseconds
    const caller = async () => {
      let now = performance.now()
      while (now < end) {
        const asked = now
        await ask()
        now = performance.now()
        taken.push(now - asked)
      }
    }
    await Promise.all(Array.from({ length: callers }, caller))
    const elapsed = performance.now() - began
    return { nanoseconds: (elapsed * 1e6) / taken.length, waits: waitsOf(taken) }
  }

  return {
    async warmUp() {
      await measure(warmUp)
    },
    async round() {
      // The process was idle while the others had their turn: its caches are cold.
      await measure(round / 10)
      return measure(round)
    },
  }
}
