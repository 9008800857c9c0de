import { expect, it } from 'vitest'
import { connectionTable } from '../../src/connection/connection-table.js'
import { checkPrograms } from './check-programs.js'
import { Coverage } from './coverage.js'
import type { Program } from './program.js'
import { World } from './world.js'

// `MODEL_RUNS=50000 MODEL_SEED=… npm test -- pool-model` for a longer run, or for another run of the same.
const runs = Number(process.env.MODEL_RUNS ?? 1_000)
const seed = Number(process.env.MODEL_SEED ?? Date.now() & 0x7fffffff)
const shrinks = process.env.MODEL_SHRINK !== 'no'

const coverage = new Coverage()

it(`keeps every invariant in ${runs} random programs`, { timeout: 0 }, async () => {
  const report = await checkPrograms({ runs, seed, shrinks, saw: coverage.saw })
  if (report.failed) {
    const [program] = report.counterexample as [Program]
    throw new Error(await explain(program, report.seed, report.counterexamplePath ?? ''))
  }
})

it.runIf(runs >= 1_000)('has reached every command, fault and transition at least 50 times', () => {
  const commands = [
    'acquire',
    'acquireAborted',
    'tryAcquire',
    'use',
    'abort',
    'release',
    'releaseTwice',
    'dispose',
    'retire',
    'destroyLease',
    'detach',
    'lose',
    'loseTwice',
    'retireSignal',
    'flush',
    'pause',
    'resume',
    'resize',
    'warm',
  ]
  const hows = ['sync', 'resolve', 'slow', 'reject', 'rejectSlowly', 'throw', 'never', 'late']
  const faults = ['open', 'check', 'reset', 'close'].flatMap((call) => hows.map((how) => `${call}:${how}`))
  const quirks = ['isUsable', 'watch', 'setRef'].flatMap((call) => [`${call}:loses`, `${call}:throw`])
  const transitions = connectionTable.next.flatMap((row, from) =>
    row.flatMap((to) => (to < 0 ? [] : [`${connectionTable.states[from]} → ${connectionTable.states[to]}`])),
  )
  const nested = [...commands, 'close', 'destroyPool'].map((command) => `nested:${command}`)
  const expected = [
    ...commands,
    'advance',
    ...nested,
    ...faults,
    'open:undefined',
    ...quirks,
    'isUsable:no',
    ...transitions,
  ]
  expect(coverage.rare([...new Set(expected)], 50)).toEqual([])
})

/** Runs the shortest failing program once more, for its timeline. */
async function explain(program: Program, seed: number, path: string): Promise<string> {
  const world = new World(program, () => {})
  let why = 'it passed when run again: the program does not decide everything'
  try {
    await world.run()
  } catch (error) {
    why = error instanceof Error && error.name === 'Violation' ? error.message : String((error as Error).stack)
  }
  const { commands, ...setting } = program
  const json = JSON.stringify(setting, (_, value) => (value === Number.POSITIVE_INFINITY ? 'Infinity' : value))
  return [
    why,
    `seed ${seed}, path ${path}; run it again with MODEL_SEED=${seed}`,
    `setting ${json}`,
    `the ${commands.length} commands, and what happened:`,
    ...world.timeline,
  ].join('\n')
}
