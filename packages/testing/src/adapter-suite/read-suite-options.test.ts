import { InvalidOptionError } from '@millpond/core'
import { describe, expect, it } from 'vitest'
import type { AdapterSuiteOptions } from './adapter-suite-options.js'
import { readSuiteOptions } from './read-suite-options.js'

const runner = { describe() {}, it() {} }
const setup = () => ({}) as never

function refusalOf(options: unknown, given: unknown = runner): InvalidOptionError {
  try {
    readSuiteOptions(given as typeof runner, options as AdapterSuiteOptions<unknown>)
  } catch (error) {
    if (error instanceof InvalidOptionError) return error
    throw error
  }
  throw new Error('was taken')
}

describe("the suite's options", () => {
  it('are taken with no more than a name and a setup', () => {
    expect(readSuiteOptions(runner, { name: 'tcp', setup })).toEqual({ name: 'tcp', setup })
  })

  it.each([
    ['a runner without it', { name: 'tcp', setup }, { describe() {} }, 'runner.it'],
    ['no runner', { name: 'tcp', setup }, null, 'runner.describe'],
    ['no options', undefined, runner, 'options'],
    ['an empty name', { name: '', setup }, runner, 'name'],
    ['no setup', { name: 'tcp' }, runner, 'setup'],
    ['an option that does not exist', { name: 'tcp', setup, run: 5 }, runner, 'run'],
    ['a dirty that is no function', { name: 'tcp', setup, dirty: true }, runner, 'dirty'],
    ['no runs', { name: 'tcp', setup, runs: 0 }, runner, 'runs'],
    ['a seed that is no number', { name: 'tcp', setup, seed: 'x' }, runner, 'seed'],
    ['a path without its seed', { name: 'tcp', setup, path: '3:1' }, runner, 'path'],
  ])('are refused with %s', (_what, options, given, option) => {
    expect(refusalOf(options, given)).toMatchObject({ option })
  })
})
