/** A runner's `it`: vitest's, node:test's, jest's and mocha's all fit. */
export interface RunnerIt {
  (title: string, test: () => Promise<void>, timeout?: number): unknown
  /** Registers a test that is reported but not run. Where a runner has none, such a test is registered with `it`. */
  readonly skip?: (title: string, test: () => Promise<void>) => unknown
}

/** The functions of the test runner in whose file the suite is called: `import { describe, it } from 'vitest'`, or from
 * `node:test`; the globals of jest and mocha. */
export interface TestRunner {
  readonly describe: (title: string, define: () => void) => unknown
  readonly it: RunnerIt
}
