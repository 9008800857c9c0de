import { registerCase, registerNotCovered } from '../adapter-suite/register-case.js'
import type { TestRunner } from '../adapter-suite/test-runner.js'
import { type PolicyClause, policyClauses } from './policy-clause.js'
import { type PolicySuiteOptions, readPolicyOptions } from './policy-suite-options.js'
import { PolicyProof } from './prove-policy.js'

/** ms that the programs may take. */
const LIMIT = 180_000

/**
 * Registers the tests that prove a policy: it is given to a real pool in each of `runs` random programs (options, faults
 * and load drawn together, in virtual time), and held to what a pool needs of its policies. Works in vitest, node:test,
 * jest and mocha. A clause that does not hold fails with the shortest program and what the policy was asked in it.
 * Throws `InvalidOptionError`.
 *
 * ```ts
 * import { describe, it } from 'vitest'
 *
 * policySuite({ describe, it }, { name: 'business hours', policy: businessHours })
 * ```
 */
export function policySuite(runner: TestRunner, options: PolicySuiteOptions): void {
  const read = readPolicyOptions(runner, options)
  const proof = new PolicyProof(read)
  runner.describe(`${read.name} as a policy of pools, in ${read.runs} random programs`, () => {
    for (const [clause, title] of Object.entries(policyClauses) as [PolicyClause, string][]) {
      if (clause === 'most' && read.most === undefined) registerNotCovered(runner, title, "the option 'most'")
      else registerCase(runner, title, LIMIT, () => proof.prove(clause))
    }
  })
}
