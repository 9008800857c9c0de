import type { Load } from './load.js'
import type { Waits } from './waits.js'

/** How long, in ms, a process warms up before the first round, and how long a round measures at least. */
export interface Durations {
  readonly warmUp: number
  readonly round: number
  /** Operations of a round, and of the warm-up, at least. Default as many as the time allows. */
  readonly operations?: number
}

export interface Stopwatch {
  warmUp(): Promise<void>
  round(): Promise<Round>
}

/** What one round gave. */
export interface Round {
  /** That one operation took. */
  readonly nanoseconds: number
  /** Likewise of processor time, in all threads; where nothing but the operations had any. */
  readonly cpu?: number
  /** How long single operations took, where each was timed by itself. */
  readonly waits?: Waits
}

export function stopwatch(load: Load, durations: Durations): Stopwatch {
  const { warmUp, round, operations = 0 } = durations
  // Small enough that a round ends near its time, large enough that reading the clock costs nothing.
  let chunk = 1000

  async function measure(milliseconds: number, atLeast: number): Promise<Required<Omit<Round, 'waits'>>> {
    const least = BigInt(Math.round(milliseconds * 1e6))
    const cpuBefore = process.cpuUsage()
    const began = process.hrtime.bigint()
    let done = 0
    let elapsed = 0n
    while (elapsed < least || done < atLeast) {
      done += await load(chunk)
      elapsed = process.hrtime.bigint() - began
    }
    const { user, system } = process.cpuUsage(cpuBefore)
    return { nanoseconds: Number(elapsed) / done, cpu: ((user + system) * 1000) / done }
  }

  return {
    async warmUp() {
      const { nanoseconds } = await measure(warmUp, operations)
      chunk = Math.max(chunk, Math.ceil((round * 1e6) / nanoseconds / 8))
    },
    async round() {
      // The process was idle while the others had their turn: its caches are cold.
      await measure(round / 10, operations / 10)
      return measure(round, operations)
    },
  }
}
