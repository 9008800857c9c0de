import type { AdapterSuiteOptions } from './adapter-suite-options.js'
import type { Clause } from './clause.js'
import { allClauses } from './clauses/all-clauses.js'
import { limitOfModel, proveModel, RUNS } from './model/prove-model.js'
import { lackingFromOptions, lackingFromSetup } from './need.js'
import { NotCovered } from './not-covered.js'
import { onBench } from './on-bench.js'
import { TEST } from './patience.js'
import { readSuiteOptions } from './read-suite-options.js'
import { registerCase, registerNotCovered } from './register-case.js'
import type { TestRunner } from './test-runner.js'

/**
 * Registers the tests that prove an adapter: one for each promise that pools rely on, and one that runs random programs
 * of leases and faults through a real pool against the real server. Works in vitest, node:test, jest and mocha.
 *
 * A clause for which something was left out is reported as not covered: as a skipped test, with the reason.
 * Throws `InvalidOptionError` for an option that cannot be as it is.
 *
 * ```ts
 * import { describe, it } from 'vitest'
 *
 * adapterSuite({ describe, it }, {
 *   name: 'line',
 *   async setup() {
 *     const server = await LineServer.start()
 *     return { adapter: line(server.port), server, teardown: () => server.stop() }
 *   },
 * })
 * ```
 *
 * The idea is that of abstract-level's suite and of `fast-check`'s model runs.
 */
export function adapterSuite<R>(runner: TestRunner, options: AdapterSuiteOptions<R>): void {
  const read = readSuiteOptions(runner, options)
  runner.describe(`${read.name} as an adapter for pools`, () => {
    for (const clause of allClauses) registerClause(runner, clause, read)
    const title = `keeps the promises of a pool in ${read.runs ?? `up to ${RUNS}`} random programs (invariants 1, 3, 6, 7 and 8)`
    registerCase(runner, title, limitOfModel(read.runs), () => proveModel(read))
  })
}

function registerClause<R>(runner: TestRunner, clause: Clause, options: AdapterSuiteOptions<R>): void {
  const { title, needs } = clause
  const lacking = lackingFromOptions(needs, options)
  if (lacking !== undefined) {
    registerNotCovered(runner, title, lacking)
    return
  }
  registerCase(runner, title, TEST, () =>
    onBench(options, async (bench) => {
      const lacking = lackingFromSetup(needs, bench)
      if (lacking !== undefined) throw new NotCovered(title, lacking)
      await clause.prove(bench)
    }),
  )
}
