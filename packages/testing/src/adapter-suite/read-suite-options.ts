import { InvalidOptionError } from '@millpond/core'
import type { AdapterSuiteOptions } from './adapter-suite-options.js'
import type { TestRunner } from './test-runner.js'

const known = ['name', 'setup', 'dirty', 'isClean', 'use', 'runs', 'seed', 'path']

/** The options, checked. Throws `InvalidOptionError`. */
export function readSuiteOptions<R>(runner: TestRunner, options: AdapterSuiteOptions<R>): AdapterSuiteOptions<R> {
  for (const method of ['describe', 'it'] as const) {
    if (typeof runner?.[method] !== 'function') {
      throw new InvalidOptionError(`runner.${method}`, runner?.[method], "the test runner's function of that name")
    }
  }
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, '{ name, setup }')
  }
  const { name, setup, runs, seed, path } = options
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) {
      throw new InvalidOptionError(option, '[given]', `no option of this name; there are ${known.join(', ')}`)
    }
  }
  if (typeof name !== 'string' || name === '') throw new InvalidOptionError('name', name, 'a text that is not empty')
  if (typeof setup !== 'function') {
    throw new InvalidOptionError('setup', setup, 'a function that gives { adapter, server, teardown }')
  }
  for (const option of ['dirty', 'isClean', 'use'] as const) {
    const value = options[option]
    if (value !== undefined && typeof value !== 'function') {
      throw new InvalidOptionError(option, value, 'a function of a resource, or left out')
    }
  }
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0)) {
    throw new InvalidOptionError('runs', runs, 'a whole number of at least 1')
  }
  if (seed !== undefined && !Number.isInteger(seed)) throw new InvalidOptionError('seed', seed, 'a whole number')
  if (path !== undefined && (typeof path !== 'string' || seed === undefined)) {
    throw new InvalidOptionError('path', path, 'the text printed beside a seed, together with that seed')
  }
  return options
}
