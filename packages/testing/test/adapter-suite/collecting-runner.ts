import type { TestRunner } from '../../src/adapter-suite/test-runner.js'

/** What became of one test. */
export interface Result {
  readonly title: string
  readonly how: 'passed' | 'failed' | 'not covered'
  /** The message of the failure, or what is not covered. */
  readonly why: string
}

interface Case {
  readonly title: string
  /** Undefined where it is registered as skipped. */
  readonly run: ((context: { skip(reason: string): void }) => Promise<void>) | undefined
}

/** A test runner that keeps what is registered, and runs it when told to. */
export class CollectingRunner implements TestRunner {
  readonly cases: Case[] = []
  readonly it: TestRunner['it'] = Object.assign(
    (title: string, run: () => Promise<void>) => void this.cases.push({ title, run }),
    { skip: (title: string) => void this.cases.push({ title, run: undefined }) },
  )

  describe(_title: string, define: () => void): void {
    define()
  }

  /** Runs those that are wanted, one after the other. */
  async run(isWanted: (title: string) => boolean = () => true): Promise<Result[]> {
    const results: Result[] = []
    for (const { title, run } of this.cases) {
      if (isWanted(title)) results.push(await resultOf(title, run))
    }
    return results
  }
}

async function resultOf(title: string, run: Case['run']): Promise<Result> {
  if (run === undefined) return { title, how: 'not covered', why: title }
  let reason: string | undefined
  const skip = (why: string) => {
    reason = why
  }
  try {
    await run({ skip })
  } catch (error) {
    return { title, how: 'failed', why: error instanceof Error ? error.message : String(error) }
  }
  return reason === undefined ? { title, how: 'passed', why: '' } : { title, how: 'not covered', why: reason }
}
