import { type MeasuringProcess, processOf } from './process-of.js'
import { type Summary, shuffled, summarise } from './statistics.js'
import type { Durations } from './stopwatch.js'
import type { Task } from './task.js'

export interface Effort extends Durations {
  readonly rounds: number
}

/**
 * Warms all processes up, one after the other, then lets each measure once per round, in random order, so that
 * whatever else the machine does meanwhile falls on all of them alike. Only one process works at any time. Resolves
 * with what each task took, by name.
 */
export async function interleave(
  tasks: readonly Task[],
  effort: Effort,
  progress: (text: string) => void,
): Promise<ReadonlyMap<string, Summary>> {
  const processes = new Map<string, MeasuringProcess>()
  const rounds = new Map<string, number[]>()
  try {
    progress('warm-up')
    for (const task of tasks) {
      processes.set(task.name, await processOf(task, effort))
      rounds.set(task.name, [])
    }
    progress(', round')
    for (let round = 1; round <= effort.rounds; round++) {
      progress(` ${round}`)
      for (const [name, measuring] of shuffled([...processes])) rounds.get(name)?.push(await measuring.round())
    }
    progress('\n')
  } finally {
    for (const measuring of processes.values()) measuring.end()
  }
  return new Map([...rounds].map(([name, times]) => [name, summarise(times)]))
}
