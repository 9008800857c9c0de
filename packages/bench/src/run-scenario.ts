import { type MeasuringProcess, processOf } from './process-of.js'
import { type Entrant, nameOf, type Scenario } from './scenario.js'
import { type Summary, shuffled, summarise } from './statistics.js'
import type { Durations } from './stopwatch.js'

/** What one scenario gave: the entrants' summaries, by name. */
export interface Row {
  readonly scenario: Scenario
  readonly summaries: ReadonlyMap<string, Summary>
}

export interface Effort extends Durations {
  readonly rounds: number
}

/**
 * Warms all processes up, one after the other, then lets each measure once per round, in random order, so that
 * whatever else the machine does meanwhile falls on all of them alike. Only one process works at any time.
 */
export async function runScenario(
  scenario: Scenario,
  entrants: readonly Entrant[],
  effort: Effort,
  progress: (text: string) => void,
): Promise<Row> {
  const processes = new Map<string, MeasuringProcess>()
  const rounds = new Map<string, number[]>()
  try {
    progress(`${scenario.title}: warm-up`)
    for (const entrant of entrants) {
      processes.set(nameOf(entrant), await processOf(entrant, scenario, effort))
      rounds.set(nameOf(entrant), [])
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
  return { scenario, summaries: new Map([...rounds].map(([name, times]) => [name, summarise(times)])) }
}
