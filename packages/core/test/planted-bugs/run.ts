import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Bug, bugs } from './bugs.js'
import type { Hunted } from './hunted.js'

// Shows that the model can see: the real code passes, and the same code with a bug in it does not.
// `tsx packages/core/test/planted-bugs/run.ts` for all bugs, with words for those whose name has one of them.

const seeds = [1, 2, 3]
const programs = 1_000
const atOnce = 2
/** Longer, and the program goes on for ever: that counts as not found. */
const longest = 60_000

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const config = fileURLToPath(new URL('vitest.planted.config.ts', import.meta.url))

interface Hunt {
  readonly hunted: readonly Hunted[]
  readonly seconds: number
  /** What kept the programs from running to their end. */
  readonly trouble: string
}

const began = performance.now()
const words = process.argv.slice(2)
const chosen = bugs.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
const folder = mkdtempSync(join(tmpdir(), 'millpond-planted-'))
try {
  const isGreen = await checkUnpatched()
  const found = isGreen ? await checkBugs() : 0
  const seconds = ((performance.now() - began) / 1_000).toFixed(0)
  if (isGreen) console.log(`${found} of ${chosen.length} planted bugs found, in ${seconds} s`)
  process.exitCode = isGreen && found > 0 && found === chosen.length ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function checkUnpatched(): Promise<boolean> {
  console.log(`the code as it is, seeds ${seeds.join(', ')}, ${programs} programs each:`)
  const passed = await inParallel(seeds, async (seed) => {
    const { hunted, seconds, trouble } = await hunt(undefined, [seed])
    const [outcome] = hunted
    const passes = outcome !== undefined && outcome.why === undefined && outcome.programs === programs
    const what = passes ? 'passes' : `FAILS after ${outcome?.programs ?? 0} programs: ${outcome?.why ?? trouble}`
    console.log(`  seed ${seed} ${what} (${seconds.toFixed(1)} s)`)
    return passes
  })
  return passed.every(Boolean)
}

async function checkBugs(): Promise<number> {
  const width = Math.max(...chosen.map(({ name }) => name.length))
  console.log(`${''.padEnd(width)}  found by     after programs   seconds`)
  const found = await inParallel(chosen, async (bug) => {
    const { hunted, seconds, trouble } = await hunt(bug, seeds)
    const isFound = hunted.length === seeds.length && hunted.every(({ invariant }) => invariant !== undefined)
    const invariants = [...new Set(hunted.flatMap(({ invariant }) => invariant ?? '–'))].join(', ')
    const after = hunted.map(({ programs, invariant }) => (invariant === undefined ? '–' : programs)).join(' / ')
    const isMeant = hunted.every(({ invariant }) => invariant === undefined || bug.invariants.includes(invariant))
    const verdict = `${isMeant ? '' : `   meant to break ${bug.invariants.join(', ')}`}${isFound ? '' : '   NOT FOUND'}`
    console.log(
      `${bug.name.padEnd(width)}  ${invariants.padEnd(10)}  ${after.padStart(15)}  ${seconds.toFixed(1).padStart(7)}${verdict}`,
    )
    if (!isFound) {
      for (const { seed, why } of hunted.filter(({ invariant }) => invariant === undefined)) {
        console.log(`    seed ${seed}: ${why === undefined ? 'every program passed' : `a crash, no violation: ${why}`}`)
      }
      if (hunted.length < seeds.length) console.log(`    ${trouble}`)
    }
    return isFound
  })
  return found.filter(Boolean).length
}

/** Runs the programs of these seeds in a process of their own: one that hangs can only be killed. */
function hunt(bug: Bug | undefined, seeds: readonly number[]): Promise<Hunt> {
  const report = join(folder, `${bug === undefined ? 'unpatched' : bugs.indexOf(bug)}-${seeds.join('-')}.json`)
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PLANTED_SEEDS: seeds.join(','),
    PLANTED_RUNS: String(programs),
    PLANTED_REPORT: report,
  }
  if (bug !== undefined) env.PLANTED_BUG = bug.name
  const start = performance.now()
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--config', config], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const hear = (chunk: Buffer) => {
    output = (output + chunk).slice(-4_000)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  let isCut = false
  return new Promise((resolve) => {
    const limit = setTimeout(() => {
      isCut = true
      // The group: it is Vitest's worker that hangs.
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, longest)
    child.on('close', () => {
      clearTimeout(limit)
      const hunted: Hunted[] = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : []
      const seconds = (performance.now() - start) / 1_000
      const trouble = isCut ? `cut off after ${longest / 1_000} s` : `the model did not run to its end:\n${output}`
      resolve({ hunted, seconds, trouble })
    })
  })
}

/** Does the work for each item, `atOnce` at a time. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const turn = next++
      results[turn] = await work(items[turn] as T)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return results
}
