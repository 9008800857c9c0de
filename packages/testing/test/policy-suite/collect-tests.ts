import type { TestRunner } from '../../src/adapter-suite/test-runner.js'

export interface CollectedTest {
  readonly title: string
  readonly run: () => Promise<void>
}

/** A runner that keeps what it is given, to be run one by one. */
export function collectTests(): {
  readonly runner: TestRunner
  readonly tests: CollectedTest[]
  readonly skipped: string[]
} {
  const tests: CollectedTest[] = []
  const skipped: string[] = []
  const it = Object.assign((title: string, run: () => Promise<void>) => void tests.push({ title, run }), {
    skip: (title: string) => void skipped.push(title),
  })
  return { runner: { describe: (_, define) => define(), it }, tests, skipped }
}
