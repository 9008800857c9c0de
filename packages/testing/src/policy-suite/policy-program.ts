import type { PoolOptions } from '@millpond/core'
import fc from 'fast-check'
import { faultSchedule } from '../simulation/arbitraries/any-fault-schedule.js'
import { load } from '../simulation/arbitraries/any-load.js'
import { poolOptions } from '../simulation/arbitraries/any-pool-options.js'
import type { FaultSchedule } from '../simulation/fault.js'
import { exponential } from '../simulation/latency.js'
import { type Load, poisson } from '../simulation/load.js'
import { simulate } from '../simulation/simulate.js'
import type { SimulationReport } from '../simulation/simulation-report.js'
import { RealTimeError } from '../time/real-time-error.js'
import type { Finding, PolicyClause } from './policy-clause.js'
import type { AnyPolicy, ReadPolicyOptions } from './policy-suite-options.js'
import { WatchedPolicy } from './watched-policy.js'

/** ms of a program, and its requests, about. */
const DURATION = 2_000
const REQUESTS = 60
const SAMPLES = 50
/** ms that the far end takes. */
const adapter = { connect: 5, check: 2, reset: 1, close: 3 }

/** ms: no check lasts longer than a pool has to be still to be taken for stuck. */
const CHECK_TIMEOUT = 200

/** What a policy is tried in: a pool, its far end, and what is asked of it. */
export interface PolicyProgram {
  readonly seed: number
  readonly options: PoolOptions
  readonly faults: FaultSchedule
  readonly load: Load
  /** Every 'wait' is asked for twice. */
  readonly asksAgain: boolean
  /** Run with a second pool as well. */
  readonly isRepeated: boolean
}

const some = (one: number, of: number) =>
  fc.oneof({ weight: one, arbitrary: fc.constant(true) }, { weight: of - one, arbitrary: fc.constant(false) })

const chance = { seed: fc.integer(), asksAgain: some(1, 3), isRepeated: some(1, 5) }

const wild: fc.Arbitrary<PolicyProgram> = fc.record({
  ...chance,
  options: poolOptions(),
  faults: faultSchedule({ duration: DURATION }),
  // A request for a fresh connection may wait for a policy's room while `size.min` keeps all there is: nobody's fault.
  load: load({ duration: DURATION, requests: REQUESTS }).map((load) =>
    [load].flat().map(({ fresh: _, ...stream }) => stream),
  ),
})

/** Nothing goes wrong, and a pool as it is by default has an easy time. */
const calm: fc.Arbitrary<PolicyProgram> = fc.record({
  ...chance,
  options: fc.constant({}),
  faults: fc.constant([]),
  load: fc.constant({ arrivals: poisson({ rate: 20 }), service: exponential({ mean: 20 }) }),
})

export const policyPrograms: fc.Arbitrary<PolicyProgram> = fc.oneof(
  { weight: 9, arbitrary: wild },
  { weight: 1, arbitrary: calm },
)

/** What one program has shown of a policy. */
export interface PolicyTrial {
  readonly findings: readonly Finding[]
  /** What the policy was asked and what it answered, last. */
  readonly timeline: readonly string[]
}

/** Runs one program: the policy in a real pool, in virtual time. */
export async function tryPolicy(program: PolicyProgram, { make, most }: ReadPolicyOptions): Promise<PolicyTrial> {
  const findings: Finding[] = []
  const found = (clause: PolicyClause, message: string) => {
    if (findings.every((known) => known.clause !== clause)) findings.push({ clause, message })
  }
  const policy = make()
  const given = { found, asksAgain: program.asksAgain, most: most ?? Number.POSITIVE_INFINITY }
  const watched = new WatchedPolicy(policy, given)
  const report = await run(program, watched, found)
  if (report !== undefined) judge(program, report, found, findings.length > 0, watched.hasHeldUp)
  if (report !== undefined && program.isRepeated && findings.length === 0) {
    await compare(program, report, policy, given)
  }
  return { findings, timeline: watched.timeline }
}

async function run(
  { seed, options, faults, load }: PolicyProgram,
  watched: WatchedPolicy,
  found: (clause: PolicyClause, message: string) => void,
): Promise<SimulationReport | undefined> {
  try {
    return await simulate({
      options: {
        ...options,
        health: { timeout: CHECK_TIMEOUT, ...options.health },
        policies: [watched.asPolicy()],
      },
      adapter,
      faults,
      load,
      seed,
      duration: DURATION,
      samples: SAMPLES,
      checks: 'full',
      onProgress: () => watched.look(),
    })
  } catch (error) {
    if (error instanceof RealTimeError) found('time', error.message)
    else found('throws', `the pool cannot be made or run with it: ${error}`)
    return undefined
  }
}

function judge(
  { faults, options }: PolicyProgram,
  { requests, violations }: SimulationReport,
  found: (clause: PolicyClause, message: string) => void,
  isExplained: boolean,
  mayHoldUp: boolean,
): void {
  // That nobody waits for nothing, and that `size.min` is kept, holds as far as the policy lets it.
  const violation = violations.find(({ invariant, message }) => {
    return !(mayHoldUp && (invariant === 4 || (invariant === 9 && message.includes('size.min'))))
  })
  // What broke it is said already.
  if (violation !== undefined && !isExplained) {
    found('invariants', `invariant ${violation.invariant} at ${violation.at} ms: ${violation.message}`)
  }
  const isCalm = faults.length === 0 && Object.keys(options).length === 0
  if (isCalm && requests.asked > 0 && requests.completed === 0) {
    found('serves', `of ${requests.asked} requests none was served`)
  }
}

async function compare(
  program: PolicyProgram,
  first: SimulationReport,
  policy: AnyPolicy,
  given: ConstructorParameters<typeof WatchedPolicy>[1],
): Promise<void> {
  const second = await run(program, new WatchedPolicy(policy, given), given.found)
  if (second === undefined) return
  for (const part of ['requests', 'connections', 'timeline'] as const) {
    const [a, b] = [first[part], second[part]].map((of) => JSON.stringify(of))
    if (a === b) continue
    given.found('apart', `the ${part} of the first pool were ${a}, those of the second ${b}`)
    return
  }
}
