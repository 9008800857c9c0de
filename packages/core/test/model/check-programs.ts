import fc, { type RunDetails } from 'fast-check'
import { type Program, programs } from './program.js'
import { World } from './world.js'

/** ms spent at most on looking for a shorter program. */
const SHRINKING = 20_000

/** Runs random programs until one breaks an invariant. */
export async function checkPrograms(given: {
  readonly runs: number
  readonly seed: number
  /** Whether to look for the shortest program that fails. */
  readonly shrinks: boolean
  readonly saw: (what: string) => void
}): Promise<RunDetails<[Program]>> {
  const { runs, seed, shrinks, saw } = given
  let failedAt = Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(programs(200), async (program) => {
    // Shrinking has no end of its own: past its time every program passes, and the shortest so far stands.
    if (Date.now() > failedAt + SHRINKING) return
    try {
      await new World(program, saw).run()
    } catch (error) {
      failedAt = Math.min(failedAt, Date.now())
      throw error
    }
  })
  return fc.check(property, { numRuns: runs, seed, endOnFailure: !shrinks })
}
