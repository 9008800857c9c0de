import fc, { type RunDetails } from 'fast-check'
import { type Program, programs } from './program.js'
import { World } from './world.js'

/** Runs random programs until one breaks an invariant. */
export async function checkPrograms(given: {
  readonly runs: number
  readonly seed: number
  /** Whether to look for the shortest program that fails. */
  readonly shrinks: boolean
  readonly saw: (what: string) => void
}): Promise<RunDetails<[Program]>> {
  const { runs, seed, shrinks, saw } = given
  const property = fc.asyncProperty(programs(200), (program) => new World(program, saw).run())
  return fc.check(property, { numRuns: runs, seed, endOnFailure: !shrinks })
}
