import type { Result } from './collecting-runner.js'

type Test = (this: unknown) => unknown

/** As jest runs tests, as far as a suite can notice: no argument, an empty `this`, callbacks by `length`, the limit as
 * the third argument (5 s by default), no way to skip a test that runs, and nothing asynchronous in `describe`. */
export class JestLike {
  readonly #tests: { title: string; test: Test | undefined; limit: number }[] = []
  /** The limit of each test, in ms. */
  readonly limits = new Map<string, number>()

  readonly describe = (_title: string, define: () => unknown): void => {
    if (define() !== undefined) throw new Error('A "describe" callback must not return a value.')
  }

  readonly it = Object.assign(
    (title: string, test: Test, limit = 5_000) => {
      if (typeof limit !== 'number') throw new TypeError('Invalid third argument, not a number')
      this.#tests.push({ title, test, limit })
    },
    { skip: (title: string, _test: Test) => void this.#tests.push({ title, test: undefined, limit: 0 }) },
  )

  async run(): Promise<Result[]> {
    const results: Result[] = []
    for (const { title, test, limit } of this.#tests) {
      this.limits.set(title, limit)
      if (test === undefined) results.push({ title, how: 'not covered', why: title })
      else results.push(await resultOf(title, test, limit))
    }
    return results
  }
}

async function resultOf(title: string, test: Test, limit: number): Promise<Result> {
  if (test.length > 0) return { title, how: 'failed', why: 'it waits for its callback to be called' }
  const begin = performance.now()
  try {
    await test.call({})
  } catch (error) {
    return { title, how: 'failed', why: String(error) }
  }
  if (performance.now() - begin > limit) return { title, how: 'failed', why: `Exceeded timeout of ${limit} ms` }
  return { title, how: 'passed', why: '' }
}
