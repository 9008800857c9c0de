import { expect, it } from 'vitest'
import { modelSeed } from '../model-seed.js'
import { checkPrograms } from './check-programs.js'
import { Coverage } from './coverage.js'
import { coverageGoals } from './coverage-goals.js'
import { explainFailure } from './explain.js'
import { type FrontName, fronts } from './fronts.js'

// `MODEL_RUNS=50000 MODEL_SEED=… npm test -- pool-model` for a longer run, or for another run of the same; `MODEL_SEED=… MODEL_PATH=…`
// begins with the program that failed; `-t 'balance'` for one kind of pool.
const runs = Number(process.env.MODEL_RUNS ?? 1_000)
const seed = modelSeed
const path = process.env.MODEL_PATH
const shrinks = process.env.MODEL_SHRINK !== 'no'

const coverage = new Coverage()

it.each(Object.keys(fronts) as FrontName[])(
  `%s keeps every invariant in random programs (${runs} of them)`,
  {
    timeout: 0,
  },
  async (front) => {
    const saw = front === 'createPool()' ? coverage.saw : () => {}
    await explainFailure(await checkPrograms({ runs: runsOf(front), seed, shrinks, path, saw, front }), front)
  },
)

it.runIf(runs >= 1_000)(
  'createPool() has reached every command, option, fault and transition at least 50 times',
  () => {
    expect(coverage.rare(coverageGoals, 50)).toEqual([])
  },
)

function runsOf(front: FrontName): number {
  return front === 'createPool()' ? runs : Math.ceil(runs / 4)
}
