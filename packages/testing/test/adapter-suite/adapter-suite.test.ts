import { afterAll, describe, expect, it } from 'vitest'
import { adapterSuite } from '../../src/adapter-suite/adapter-suite.js'
import { lineAdapter } from '../faulty-adapters/line-adapter.js'
import { lineSuite } from './line-suite.js'

adapterSuite({ describe, it }, { ...lineSuite(), seed: 1 })
adapterSuite(
  { describe, it },
  { ...lineSuite((port) => ({ ...lineAdapter(port), capacity: () => 4 })), name: 'line with several leases' },
)

// What adapters need not have is not covered, and vitest says so.
// biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures that a hook wants from its first parameter
afterAll(({}, { tasks }) => {
  const notes = tasks.map((suite) => {
    const tests = suite.type === 'suite' ? suite.tasks : []
    return tests.map(({ result }) => result && 'note' in result && result.note).filter((note) => note)
  })
  expect(notes).toEqual([
    [
      expect.stringMatching(/^not covered: capacity is a whole number .* — needs adapter\.capacity$/),
      expect.stringMatching(/^not covered: a connection carries as many .* — needs adapter\.capacity$/),
    ],
    [],
  ])
})
