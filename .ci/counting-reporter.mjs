// A vitest reporter that leaves the counts of a run in the file named by MILLPOND_TEST_COUNTS, and
// names at the end the suites for which a program is missing.

import { writeFileSync } from 'node:fs'

export default class CountingReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state) => tests.filter((test) => test.result().state === state).length
    // What fails a run without failing a test: a file that cannot be loaded, a failing hook, an unhandled error.
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const beside = suites.filter((suite) => suite.errors().length > 0).length + unhandledErrors.length
    const counts = { passed: inState('passed'), failed: inState('failed') + beside }
    const lacking = new Set(suites.filter(isLacking).map(({ name }) => name))
    for (const name of lacking) process.stdout.write(`skipped: ${name}\n`)
    writeFileSync(process.env.MILLPOND_TEST_COUNTS, JSON.stringify(counts))
  }
}

/** A suite that was left out because a program that it runs against is not installed: its title says how to get it. */
function isLacking(suite) {
  return suite.type === 'suite' && suite.options.mode === 'skip' && / \(needs .*: apt-get install /.test(suite.name)
}
