import type { Load } from './load.js'

/** How long, in ms, a process warms up before the first round, and how long a round measures at least. */
export interface Durations {
  readonly warmUp: number
  readonly round: number
}

export interface Stopwatch {
  warmUp(): Promise<void>
  /** One round; resolves with the nanoseconds that one operation took. */
  round(): Promise<number>
}

export function stopwatch(load: Load, durations: Durations): Stopwatch {
  // Small enough that a round ends near its time, large enough that reading the clock costs nothing.
  let chunk = 1000

  async function measure(milliseconds: number): Promise<number> {
    const least = BigInt(Math.round(milliseconds * 1e6))
    const began = process.hrtime.bigint()
    let operations = 0
    let elapsed = 0n
    while (elapsed < least) {
      operations += await load(chunk)
      elapsed = process.hrtime.bigint() - began
    }
    return Number(elapsed) / operations
  }

  return {
    async warmUp() {
      const nanoseconds = await measure(durations.warmUp)
      chunk = Math.max(chunk, Math.ceil((durations.round * 1e6) / nanoseconds / 8))
    },
    async round() {
      // The process was idle while the others had their turn: its caches are cold.
      await measure(durations.round / 10)
      return measure(durations.round)
    },
  }
}
