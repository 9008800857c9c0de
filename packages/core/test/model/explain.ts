import type { RunDetails } from 'fast-check'
import { runProgram } from './check-programs.js'
import type { FrontName } from './fronts.js'
import type { Program } from './program.js'

/** Throws what a failed run has found: its shortest program, run once more for its timeline. */
export async function explainFailure(report: RunDetails<[Program]>, front: FrontName): Promise<void> {
  if (!report.failed) return
  const [program] = report.counterexample as [Program]
  throw new Error(await explain(program, front, report.seed, report.counterexamplePath ?? ''))
}

async function explain(program: Program, front: FrontName, seed: number, path: string): Promise<string> {
  let why = 'it passed when run again: the program does not decide everything'
  const timeline: string[] = []
  try {
    await runProgram(program, front, () => {}, timeline)
  } catch (error) {
    why = error instanceof Error && error.name === 'Violation' ? error.message : String((error as Error).stack)
  }
  const { commands, ...setting } = program
  const json = JSON.stringify(setting, (_, value) => (value === Number.POSITIVE_INFINITY ? 'Infinity' : value))
  return [
    why,
    `${front}, seed ${seed}, path ${path}; run it again with MODEL_SEED=${seed} MODEL_PATH=${path}`,
    `setting ${json}`,
    `the ${commands.length} commands, and what happened:`,
    ...timeline,
  ].join('\n')
}
