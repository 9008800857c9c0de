import { adapterSuite } from '@millpond/testing'
import { it } from 'vitest'
import { lineSuite } from './line-suite.js'
import { lineWithBug } from './planted-bug.js'
it('x', { timeout: 580_000 }, async () => {
  for (const seed of [1, 2, 3, 4]) {
    const tests: (() => Promise<void>)[] = []
    adapterSuite({ describe: (_, d) => d(), it: (_title, test) => tests.push(test) }, { ...lineSuite('x', lineWithBug), runs: 1000, seed })
    const b = performance.now()
    const message = await tests.at(-1)!().then(() => 'passed', (e) => e.message)
    console.log(Math.round(performance.now() - b), message)
  }
})
