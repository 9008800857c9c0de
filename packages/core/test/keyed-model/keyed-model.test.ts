import fc, { type RunDetails } from 'fast-check'
import { expect, it } from 'vitest'
import { Coverage } from '../model/coverage.js'
import { modelSeed } from '../model-seed.js'
import { keyedPrograms } from './draw-keyed-programs.js'
import type { KeyedProgram } from './keyed-program.js'
import { KeyedWorld } from './keyed-world.js'

// `MODEL_RUNS=20000 MODEL_SEED=… npm test -- keyed-model` for a longer run, or for another run of the same.
const runs = Number(process.env.MODEL_RUNS ?? 600)
const seed = modelSeed
const shrinks = process.env.MODEL_SHRINK !== 'no'
/** ms spent at most on looking for a shorter program. */
const SHRINKING = 20_000

const coverage = new Coverage()

it(`keeps every invariant in ${runs} random programs of keyed pools and of pools that share a limit`, {
  timeout: 0,
}, async () => {
  const report = await checkPrograms()
  if (!report.failed) return
  const [program] = report.counterexample as [KeyedProgram]
  throw new Error(await explain(program, report.seed, report.counterexamplePath ?? ''))
})

it.runIf(runs >= 500)('has reached every command, every kind of fault and every kind of eviction often', () => {
  const commands = [
    'acquire',
    'acquireAborted',
    'tryAcquire',
    'use',
    'abort',
    'release',
    'retire',
    'destroyLease',
    'detach',
    'lose',
    'retireSignal',
    'flush',
    'flushAll',
    'pause',
    'resume',
    'resize',
    'warm',
    'closeKey',
  ]
  const hows = ['sync', 'resolve', 'slow', 'reject', 'rejectSlowly', 'throw', 'never', 'late']
  const expected = [
    'keyed',
    'shared',
    ...commands,
    ...commands.map((command) => `nested:${command}`),
    'work',
    'advance',
    'close',
    'destroy',
    ...['open', 'close', 'check', 'reset'].flatMap((call) => hows.map((how) => `${call}:${how}`)),
    'isUsable:no',
    'shared',
    'anew',
    'forgotten',
    'waits at the limit',
    'tryAcquire:lease',
    ...['idle', 'turn', 'maxKeys'].map((kind) => `evict:${kind}`),
    ...['TimeoutError', 'AbortError', 'ConnectError', 'CircuitOpenError', 'OverloadedError', 'QueueFullError'].map(
      (error) => `fails:${error}`,
    ),
    ...['idle', 'age', 'uses', 'lost', 'unhealthy', 'stale', 'abandoned', 'revoked', 'detached'].map(
      (reason) => `disconnect:${reason}`,
    ),
  ]
  expect(coverage.rare([...new Set(expected)], 10)).toEqual([])
})

/** Runs random programs until one breaks an invariant. */
async function checkPrograms(): Promise<RunDetails<[KeyedProgram]>> {
  let failedAt = Number.POSITIVE_INFINITY
  const property = fc.asyncProperty(keyedPrograms(50), async (program) => {
    // Shrinking has no end of its own: past its time every program passes, and the shortest so far stands.
    if (Date.now() > failedAt + SHRINKING) return
    try {
      await new KeyedWorld(program, coverage.saw).run()
    } catch (error) {
      failedAt = Math.min(failedAt, Date.now())
      throw error
    }
  })
  return fc.check(property, { numRuns: runs, seed, endOnFailure: !shrinks })
}

/** Runs the shortest failing program once more, for its timeline. */
async function explain(program: KeyedProgram, seed: number, path: string): Promise<string> {
  const world = new KeyedWorld(program, () => {})
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
