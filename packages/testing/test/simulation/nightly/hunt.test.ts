import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SimulateOptions, type SimulationReport, simulate } from '../../../src/index.js'
import { hunt } from './hunt.js'

/** A report of a program that nobody has run. */
const nothing = {
  requests: { asked: 1, granted: 1, broken: 0, rejected: { timeout: 2 } },
  connections: { opened: 1, abandoned: 0, late: 0, closed: { idle: 3 } },
  violations: [],
} as unknown as SimulationReport

const broken = (message: string): SimulationReport => ({
  ...nothing,
  violations: [{ invariant: 4, message, at: 17 }],
})

describe('a hunt', () => {
  it('runs random programs against the real pool, and counts what happened in them', { timeout: 60_000 }, async () => {
    const { tally, prey } = await hunt({ seed: 1, programs: 8, run: (program) => simulate({ ...program, samples: 5 }) })
    expect(prey).toBeUndefined()
    expect(tally.programs).toBe(8)
    expect(tally.acquires).toBeGreaterThan(500)
    expect(tally.seen.granted).toBeGreaterThan(0)
    expect(tally.seen.granted).toBeLessThanOrEqual(tally.acquires)
  })

  it('adds up rejections and closes by their reasons', async () => {
    const { tally } = await hunt({ seed: 1, programs: 5, run: async () => nothing })
    const seen = { granted: 5, opened: 5, 'rejected: timeout': 10, 'closed: idle': 15 }
    expect(tally).toEqual({ programs: 5, acquires: 5, seen })
  })

  it('stops at the first violation, with the shortest program that has one, and the seed and path of it', async () => {
    const told: string[] = []
    const isBroken = ({ faults = [] }: SimulateOptions) => faults.some(({ kind }) => kind === 'refuse')
    const run = async (program: SimulateOptions) => (isBroken(program) ? broken('no wake-up') : nothing)
    const { tally, prey } = await hunt({ seed: 3, programs: 1_000, run, onFailure: (why) => told.push(why) })
    expect(tally.programs).toBeLessThan(200)
    expect(prey?.why).toEqual(['4: no wake-up (at 17 ms)'])
    expect(told).toEqual(['4: no wake-up (at 17 ms)'])
    expect(prey?.program).toMatchObject({ duration: 2_000, options: {}, adapter: {}, faults: [{ kind: 'refuse' }] })
    expect(prey?.program.load).toHaveLength(1)

    const path = prey?.path ?? ''
    const again = await hunt({ seed: 3, programs: 1, path, run })
    expect(again.prey?.program).toEqual(prey?.program)
  })

  it('takes what a simulation throws, or lets escape, for a violation', async () => {
    const throws = await hunt({ seed: 1, programs: 5, run: () => Promise.reject(new TypeError('oh')) })
    expect(throws.prey?.why[0]).toMatch(/^12: escaped: TypeError: oh/)
    const escapes = await hunt({
      seed: 1,
      programs: 5,
      run: async () => {
        void Promise.reject(new Error('lost'))
        await new Promise((resolve) => setImmediate(resolve))
        return nothing
      },
    })
    expect(escapes.prey?.why[0]).toMatch(/^12: escaped: Error: lost/)
  })
})

describe('pnpm simulate', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const tsup = fileURLToPath(new URL('../../../../../node_modules/tsup/dist/cli-default.js', import.meta.url))
  // Where what it depends on is found.
  const folder = mkdtempSync(join(root, 'node_modules', '.simulate-'))
  const run = promisify(execFile)

  beforeAll(async () => {
    const config = 'test/simulation/nightly/tsup.config.ts'
    await run(process.execPath, [tsup, '--config', config, '--out-dir', folder], { cwd: root })
  }, 60_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  async function simulated(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    try {
      return { code: 0, ...(await run(process.execPath, [join(folder, 'run.js'), ...args])) }
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string }
    }
  }

  it('runs for so many minutes on all cores, and says what came of it', { timeout: 60_000 }, async () => {
    const { code, stdout } = await simulated('--minutes', '0.03', '--seed', '7')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^seed 7, 0\.03 min on \d+ cores\n/)
    expect(stdout).toMatch(/\d+ programs, \d+ acquires, \d+\.\d\d million a minute/)
    expect(stdout).toMatch(/ {2}granted +\d+\n/)
    expect(stdout).toMatch(/no invariant was broken\n$/)
  })

  it('runs one program again', { timeout: 60_000 }, async () => {
    expect(await simulated('--seed', '7', '--path', '0')).toMatchObject({
      code: 0,
      stdout: 'the program keeps all invariants\n',
    })
  })

  it.each([
    [['--minutes', 'soon'], /^--minutes soon: a number above 0 is needed\nUsage: /],
    [['--seed', '1.5'], /^--seed 1\.5: a whole number is needed\nUsage: /],
    [['--hours', '1'], /^Unknown option '--hours'/],
  ])('refuses arguments that make no sense: %s', async (args, message) => {
    expect(await simulated(...args)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })
})
