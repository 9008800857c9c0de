import { type MeasuringProcess, processOf } from './process-of.js'
import { type Summary, shuffled, summarise } from './statistics.js'
import type { Durations, Round } from './stopwatch.js'
import type { Task } from './task.js'
import { medianWaits } from './waits-of.js'

export interface Effort extends Durations {
  readonly rounds: number
  /** Over how many processes of each task, one after the other, the rounds are spread. Two processes of one program can
   * differ by more than what is measured. Default 1. */
  readonly processes?: number
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
  const rounds = new Map<string, Round[]>(tasks.map(({ name }) => [name, []]))
  const { processes = 1 } = effort
  for (let from = 0; from < effort.rounds; from += effort.rounds / processes) {
    await measure(tasks, effort, rounds, progress)
  }
  progress('\n')
  return new Map([...rounds].map(([name, all]) => [name, summariseRounds(all)]))
}

/** As many rounds as fall to one process of each task. */
async function measure(
  tasks: readonly Task[],
  effort: Effort,
  rounds: ReadonlyMap<string, Round[]>,
  progress: (text: string) => void,
): Promise<void> {
  const { processes = 1 } = effort
  const measuring = new Map<string, MeasuringProcess>()
  try {
    progress(`${(rounds.get(tasks[0]?.name ?? '')?.length ?? 0) > 0 ? ', ' : ''}warm-up`)
    for (const task of tasks) measuring.set(task.name, await processOf(task, effort))
    progress(', round')
    for (let round = 1; round <= effort.rounds / processes; round++) {
      progress(` ${round}`)
      for (const [name, one] of shuffled([...measuring])) rounds.get(name)?.push(await one.round())
    }
  } finally {
    for (const one of measuring.values()) one.end()
  }
}

function summariseRounds(rounds: readonly Round[]): Summary {
  const waits = medianWaits(rounds)
  const cpu = rounds.flatMap((round) => round.cpu ?? [])
  return {
    ...summarise(rounds.map(({ nanoseconds }) => nanoseconds)),
    ...(cpu.length > 0 && { cpu: Math.min(...cpu) }),
    ...(waits !== undefined && { waits }),
  }
}
