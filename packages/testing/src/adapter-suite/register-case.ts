import { NotCovered } from './not-covered.js'
import type { TestRunner } from './test-runner.js'

/** What runners hand to a test: vitest and node:test as its argument, mocha as `this`. */
interface RunningTest {
  skip?(reason?: string): unknown
  timeout?(ms: number): unknown
  readonly test?: { title: string }
}

/** Registers one test with a time limit, in ms, in the way of whichever runner it is. */
export function registerCase(runner: TestRunner, title: string, limit: number, prove: () => Promise<void>): void {
  // No parameter: with one, mocha and jest would wait for a callback, and vitest look for fixtures in its name.
  const test = function (this: unknown) {
    // biome-ignore lint/complexity/noArguments: rest parameters count as fixtures in vitest
    const context = asRunningTest(arguments[0])
    const self = asRunningTest(this)
    if (context === undefined && typeof self?.timeout === 'function') self.timeout(limit)
    return prove().catch((error: unknown) => {
      if (error instanceof NotCovered) reportNotCovered(error, context ?? self)
      else throw error
    })
  }
  // node:test has no limit of its own and ignores the third argument, as mocha does.
  runner.it(title, test, limit)
}

/** Registers what is known beforehand not to be covered. */
export function registerNotCovered(runner: TestRunner, title: string, needs: string): void {
  const skip = runner.it.skip ?? runner.it
  skip(new NotCovered(title, needs).message, async () => {})
}

/** By the runner's own way to skip a test that runs already; a runner without one, such as jest, warns. */
function reportNotCovered(reason: NotCovered, running: RunningTest | undefined): void {
  // mocha's `skip` takes no reason, so that its title has to say it.
  if (running?.test !== undefined) running.test.title = reason.message
  if (typeof running?.skip === 'function') running.skip(reason.message)
  else console.warn(reason.message)
}

/** vitest's is a function with properties. */
function asRunningTest(value: unknown): RunningTest | undefined {
  const isThing = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isThing ? (value as RunningTest) : undefined
}
