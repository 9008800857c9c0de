import fc from 'fast-check'
import { type SimulateOptions, type SimulationReport, simulate } from '../../../src/index.js'
import { anySimulation } from './any-simulation.js'

/** What programs came to, in numbers. */
export interface Tally {
  programs: number
  acquires: number
  /** Rejections and closes, by reason, and other things that happened. */
  readonly seen: Record<string, number>
}

/** A program that broke an invariant, as short as it could be made. */
export interface Prey {
  /** What it takes to run it again. */
  readonly seed: number
  readonly path: string
  readonly program: SimulateOptions
  readonly why: readonly string[]
}

export interface Hunt {
  readonly seed: number
  readonly programs: number
  /** Begins with this program: the `path` of a prey. */
  readonly path?: string
  /** Told before a program that failed is made shorter, which takes a while. */
  readonly onFailure?: (why: string) => void
  /** Default: the simulation. */
  readonly run?: (program: SimulateOptions) => Promise<SimulationReport>
}

/** ms after which a program is short enough. */
const SHRINKING = 120_000

/** Runs programs until one breaks an invariant. */
export async function hunt(given: Hunt): Promise<{ readonly tally: Tally; readonly prey: Prey | undefined }> {
  const { seed, programs, path, onFailure, run = simulate } = given
  const tally: Tally = { programs: 0, acquires: 0, seen: {} }
  let failedAt: number | undefined
  const property = fc.asyncProperty(anySimulation, async (program) => {
    if (failedAt !== undefined && performance.now() - failedAt > SHRINKING) return
    const { why, report } = await attempt(program, run)
    if (failedAt === undefined && report !== undefined) count(tally, report)
    if (why.length === 0) return
    if (failedAt === undefined) onFailure?.(why[0] ?? '')
    failedAt ??= performance.now()
    throw new Error(why.join('\n'))
  })
  const details = await fc.check(property, { seed, numRuns: programs, ...(path === undefined ? {} : { path }) })
  if (!details.failed) return { tally, prey: undefined }
  const [program] = details.counterexample as [SimulateOptions]
  const { why } = await attempt(program, run)
  return { tally, prey: { seed, path: details.counterexamplePath ?? '', program, why } }
}

/** Runs one program. What escapes it breaks invariant 12. */
async function attempt(
  program: SimulateOptions,
  run: (program: SimulateOptions) => Promise<SimulationReport>,
): Promise<{ readonly why: readonly string[]; readonly report: SimulationReport | undefined }> {
  const why: string[] = []
  const escaped = (error: unknown) => void why.push(`12: escaped: ${error instanceof Error ? error.stack : error}`)
  process.on('unhandledRejection', escaped)
  try {
    const report = await run(program)
    for (const { invariant, message, at } of report.violations) why.push(`${invariant}: ${message} (at ${at} ms)`)
    return { why, report }
  } catch (error) {
    escaped(error)
    return { why, report: undefined }
  } finally {
    process.off('unhandledRejection', escaped)
  }
}

function count(tally: Tally, { requests, connections }: SimulationReport): void {
  tally.programs++
  tally.acquires += requests.asked
  const { closed, opened, abandoned, late } = connections
  const more = { granted: requests.granted, broken: requests.broken, opened, abandoned, late }
  for (const [group, counts] of Object.entries({ '': more, rejected: requests.rejected, closed })) {
    for (const [name, number] of Object.entries(counts))
      add(tally.seen, group === '' ? name : `${group}: ${name}`, number)
  }
}

export function add(seen: Record<string, number>, name: string, number: number): void {
  if (number > 0) seen[name] = (seen[name] ?? 0) + number
}
