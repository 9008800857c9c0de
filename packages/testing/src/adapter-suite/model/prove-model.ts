import { inspect } from 'node:util'
import fc from 'fast-check'
import type { AdapterSuiteOptions } from '../adapter-suite-options.js'
import { onBench } from '../on-bench.js'
import { drawPrograms } from './draw-programs.js'
import type { Program } from './program.js'
import { ProgramRun } from './program-run.js'
import { Timeline } from './timeline.js'

/** ms spent at most on looking for a shorter program. */
const SHRINKING = 10_000

/** Programs that are run unless the author says how many; fewer where so many take longer than `BUDGET` ms. */
export const RUNS = 200
const BUDGET = 10_000

/** ms that all programs together may take before the test runner gives them up. */
export function limitOfModel(runs: number | undefined): number {
  return 30_000 + SHRINKING + (runs === undefined ? BUDGET : runs * 2_000)
}

interface Failure {
  readonly program: Program
  readonly error: unknown
  readonly timeline: Timeline
}

/** Runs random programs; rejects with the shortest that fails, as a timeline. */
export async function proveModel<R>(options: AdapterSuiteOptions<R>): Promise<void> {
  const programs = await drawnFor(options)
  let shortest: Failure | undefined
  // Past this moment every program passes. Shrinking has no end of its own: the shortest so far stands then.
  let until = options.runs === undefined ? performance.now() + BUDGET : Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(programs, async (program) => {
    if (performance.now() > until) return
    const timeline = new Timeline()
    try {
      await onBench(options, (bench) => new ProgramRun(bench, program, timeline).run())
    } catch (error) {
      if (shortest === undefined) until = performance.now() + SHRINKING
      shortest = { program, error, timeline }
      throw error
    }
  })
  const { runs = RUNS, seed, path } = options
  const report = await fc.check(property, {
    numRuns: runs,
    ...(seed === undefined ? {} : { seed }),
    ...(path === undefined ? {} : { path }),
  })
  if (shortest === undefined) return
  throw explain(shortest, `${report.numRuns} of ${runs}`, report.seed, report.counterexamplePath)
}

/** What can be done to the server is known once there is one. */
async function drawnFor<R>(options: AdapterSuiteOptions<R>) {
  let programs: ReturnType<typeof drawPrograms> | undefined
  await onBench(options, async (bench) => {
    programs = drawPrograms(bench)
  })
  return programs as ReturnType<typeof drawPrograms>
}

function explain({ program, error, timeline }: Failure, run: string, seed: number, path: string | null): Error {
  const { options } = program
  const what = error instanceof Error ? error.message : String(error)
  const again = path === null ? `seed: ${seed}` : `seed: ${seed}, path: '${path}'`
  const message = [
    `${what}.`,
    '',
    `The shortest program that shows it (run ${run} failed, and was made shorter):`,
    '',
    timeline,
    '',
    `The pool's options: ${inspect(options, { depth: 4, breakLength: Number.POSITIVE_INFINITY })}`,
    `To run it again, give the suite { ${again} }.`,
  ].join('\n')
  return new Error(message, { cause: error })
}
