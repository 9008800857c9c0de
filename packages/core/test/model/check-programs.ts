import fc, { type RunDetails } from 'fast-check'
import { programs } from './draw-programs.js'
import type { FrontName } from './fronts.js'
import type { Program } from './program.js'
import { World } from './world.js'

/** ms spent at most on looking for a shorter program. */
const SHRINKING = 20_000

/** Runs random programs until one breaks an invariant. */
export async function checkPrograms(given: {
  readonly runs: number
  readonly seed: number
  /** Whether to look for the shortest program that fails. */
  readonly shrinks: boolean
  /** Of an earlier failure: begins with the program that failed. */
  readonly path?: string | undefined
  readonly saw: (what: string) => void
  readonly front: FrontName
}): Promise<RunDetails<[Program]>> {
  const { runs, seed, shrinks, path, saw, front } = given
  let failedAt = Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(programs(200), async (program) => {
    // Shrinking has no end of its own: past its time every program passes, and the shortest so far stands.
    if (Date.now() > failedAt + SHRINKING) return
    try {
      await runProgram(program, front, saw)
    } catch (error) {
      failedAt = Math.min(failedAt, Date.now())
      throw error
    }
  })
  return fc.check(property, { numRuns: runs, seed, endOnFailure: !shrinks, ...(path === undefined ? {} : { path }) })
}

/** Runs one program; `timeline` gets what happened. */
export async function runProgram(
  program: Program,
  front: FrontName,
  saw: (what: string) => void,
  timeline?: string[],
): Promise<void> {
  const { emitWarning } = process
  // Programs listen where they want to; the process would be told of everything else.
  process.emitWarning = () => {}
  try {
    await new World(program, saw, timeline, front).run()
  } finally {
    process.emitWarning = emitWarning
  }
}
