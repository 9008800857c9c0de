import type { Result } from './collecting-runner.js'

type Test = (this: unknown) => unknown

class Pending extends Error {}

/** What mocha hands to a test as `this`. */
class Context {
  readonly test: { title: string }
  limit = 2_000
  isPending = false

  constructor(title: string) {
    this.test = { title }
  }

  timeout(ms: number): this {
    this.limit = ms
    return this
  }

  skip(): never {
    this.isPending = true
    throw new Pending('sync skip; aborting execution')
  }
}

/** As mocha runs tests, as far as a suite can notice: `this`, callbacks by `length`, no third argument, 2 s. */
export class MochaLike {
  readonly #tests: { title: string; test: Test | undefined }[] = []
  /** The limit of each test that has run, in ms. */
  readonly limits = new Map<string, number>()

  readonly describe = (_title: string, define: (this: unknown) => void): void => define.call(this)

  readonly it = Object.assign((title: string, test: Test) => void this.#tests.push({ title, test }), {
    skip: (title: string, _test: Test) => void this.#tests.push({ title, test: undefined }),
  })

  async run(): Promise<Result[]> {
    const results: Result[] = []
    for (const { title, test } of this.#tests) {
      if (test === undefined) results.push({ title, how: 'not covered', why: title })
      else results.push(await this.#resultOf(title, test))
    }
    return results
  }

  async #resultOf(title: string, test: Test): Promise<Result> {
    if (test.length > 0) return { title, how: 'failed', why: 'it waits for its callback to be called' }
    const context = new Context(title)
    const begin = performance.now()
    try {
      await test.call(context)
    } catch (error) {
      if (!context.isPending) return { title, how: 'failed', why: String(error) }
    }
    this.limits.set(title, context.limit)
    const took = performance.now() - begin
    if (took > context.limit) return { title, how: 'failed', why: `Timeout of ${context.limit}ms exceeded` }
    const { title: shown } = context.test
    return context.isPending ? { title: shown, how: 'not covered', why: shown } : { title, how: 'passed', why: '' }
  }
}
