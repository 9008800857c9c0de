import { admitWhen, checkWhen, retireWhen, shareLimit } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import { policyClauses } from '../../src/policy-suite/policy-clause.js'
import { policySuite } from '../../src/policy-suite/policy-suite.js'
import type { PolicySuiteOptions } from '../../src/policy-suite/policy-suite-options.js'
import { collectTests } from './collect-tests.js'
import { faultyPolicies, soundLimit } from './faulty-policies.js'

/** The clauses that do not hold, with what is said of each. */
async function broken(options: PolicySuiteOptions): Promise<Record<string, string>> {
  const { runner, tests } = collectTests()
  policySuite(runner, options)
  const said: Record<string, string> = {}
  for (const { title, run } of tests) {
    await run().catch((error: Error) => {
      said[title] = error.message
    })
  }
  return said
}

describe('policySuite', () => {
  /** The same programs in every run: a change is judged by itself. */
  const seed = 1
  // The suite itself, as its users have it. A pool's own `size.max` is 10 at most here.
  policySuite({ describe, it }, { name: 'a limit', policy: soundLimit, most: 3, seed })
  policySuite({ describe, it }, { name: 'shareLimit(2)', policy: () => shareLimit(2), most: 2, seed })
  policySuite(
    { describe, it },
    { name: 'retireWhen', policy: retireWhen(({ connection }) => connection.uses >= 3), most: 10, seed },
  )
  policySuite(
    { describe, it },
    { name: 'checkWhen', policy: checkWhen(({ connection }) => connection.uses > 1), most: 10, seed },
  )
  policySuite({ describe, it }, { name: 'admitWhen', policy: admitWhen(({ waiting }) => waiting < 20), most: 10, seed })

  for (const { name, clause, ...options } of faultyPolicies) {
    it(`rejects a policy that ${name}`, { timeout: 60_000 }, async () => {
      const said = await broken({ name, runs: 150, seed: 5, ...options })
      expect(Object.keys(said)).toContain(policyClauses[clause])
      expect(said[policyClauses[clause]]).toMatch(/Promised: .*\nHappened: [\s\S]*seed 5, path '\d+'/)
    })
  }

  it('says what it cannot judge without being told more', () => {
    const { runner, skipped } = collectTests()
    policySuite(runner, { name: 'x', policy: soundLimit })
    expect(skipped).toEqual([`not covered: ${policyClauses.most} — needs the option 'most'`])
  })

  it('refuses options that make no sense, by name', () => {
    const { runner } = collectTests()
    const refusal = (options: object) => {
      try {
        policySuite(runner, { name: 'x', policy: soundLimit, ...options })
      } catch (error) {
        return (error as { option?: string }).option
      }
      return undefined
    }
    expect([
      refusal({ name: '' }),
      refusal({ policy: 3 }),
      refusal({ runs: 0 }),
      refusal({ seed: 0.5 }),
      refusal({ most: -1 }),
      refusal({ path: '3' }),
      refusal({ poliy: 1 }),
      refusal({}),
    ]).toEqual(['name', 'policy', 'runs', 'seed', 'most', 'path', 'poliy', undefined])
  })
})
