import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { checkPrograms } from '../model/check-programs.js'
import { Violation } from '../model/violation.js'
import type { Hunted } from './hunted.js'

const { PLANTED_SEEDS = '1', PLANTED_RUNS = '1000', PLANTED_REPORT } = process.env
const hunted: Hunted[] = []

// A test for Vitest's sake alone: whether a failure is good news is for `run.ts` to say.
it.each(PLANTED_SEEDS.split(',').map(Number))('runs the programs of seed %d', { timeout: 0 }, async (seed) => {
  const { failed, numRuns, errorInstance } = await checkPrograms({
    front: 'createPool()',
    runs: Number(PLANTED_RUNS),
    seed,
    shrinks: false,
    saw: () => {},
  })
  const violation = errorInstance instanceof Violation ? errorInstance : undefined
  const error = errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance)
  hunted.push({
    seed,
    programs: numRuns,
    ...(failed ? { why: violation?.message ?? error } : {}),
    ...(violation === undefined ? {} : { invariant: violation.invariant }),
  })
  if (PLANTED_REPORT !== undefined) writeFileSync(PLANTED_REPORT, JSON.stringify(hunted))
})
