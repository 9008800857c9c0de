import fc from 'fast-check'
import { broken } from '../adapter-suite/broken.js'
import type { Finding, PolicyClause } from './policy-clause.js'
import { policyClauses } from './policy-clause.js'
import { type PolicyProgram, policyPrograms, tryPolicy } from './policy-program.js'
import type { ReadPolicyOptions } from './policy-suite-options.js'

/** ms spent at most on looking for a shorter program. */
const SHRINKING = 8_000

/** A policy on trial: its programs run once, for all clauses. */
export class PolicyProof {
  readonly #options: ReadPolicyOptions
  #found: Promise<ReadonlyMap<PolicyClause, number>> | undefined

  constructor(options: ReadPolicyOptions) {
    this.#options = options
  }

  /** Rejects with the shortest program in which the clause does not hold. */
  async prove(clause: PolicyClause): Promise<void> {
    this.#found ??= this.#runAll()
    const nth = (await this.#found).get(clause)
    if (nth !== undefined) throw await this.#counterexample(clause, nth)
  }

  /** In which program each clause failed first. */
  async #runAll(): Promise<ReadonlyMap<PolicyClause, number>> {
    const { runs, seed, path } = this.#options
    const found = new Map<PolicyClause, number>()
    let nth = path === undefined ? 0 : Number.parseInt(path, 10)
    const property = fc.asyncProperty(policyPrograms, async (program) => {
      const { findings } = await tryPolicy(program, this.#options)
      for (const { clause } of findings) if (!found.has(clause)) found.set(clause, nth)
      nth++
    })
    await fc.check(property, { numRuns: runs, seed, ...(path === undefined ? {} : { path: String(nth) }) })
    return found
  }

  async #counterexample(clause: PolicyClause, nth: number): Promise<Error> {
    const { seed, runs } = this.#options
    const until = Date.now() + SHRINKING
    const isOf = (finding: Finding) => finding.clause === clause
    const property = fc.asyncProperty(policyPrograms, async (program) => {
      // Shrinking has no end of its own: past its time every program passes, and the shortest so far stands.
      if (Date.now() > until) return
      const { findings } = await tryPolicy(program, this.#options)
      if (findings.some(isOf)) throw new Error(clause)
    })
    const report = await fc.check(property, { numRuns: Math.max(1, runs - nth), seed, path: String(nth) })
    const [program] = (report.counterexample ?? []) as [PolicyProgram?]
    if (program === undefined) {
      return broken(
        policyClauses[clause],
        `it did not hold in program ${nth} of seed ${seed}, and did when that was run again`,
      )
    }
    const { findings, timeline } = await tryPolicy(program, this.#options)
    const happened = findings.find(isOf)?.message ?? 'it did not hold, and did when the program was run again'
    return broken(
      policyClauses[clause],
      [
        happened,
        `To see it again: seed ${seed}, path '${nth}'`,
        `The shortest program: ${fc.stringify(program)}`,
        'What the policy was asked, and answered:',
        ...timeline,
      ].join('\n'),
    )
  }
}
