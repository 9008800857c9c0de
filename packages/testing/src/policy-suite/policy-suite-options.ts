import { InvalidOptionError, type Policy } from '@millpond/core'
import type { TestRunner } from '../adapter-suite/test-runner.js'
import type { SimulatedResource } from '../simulation/simulated-resource.js'

/** A policy for connections of the simulation: any that does not look into its resources. */
export type AnyPolicy = Policy<SimulatedResource> | Policy

/** What `policySuite` is given. */
export interface PolicySuiteOptions {
  /** What is proved, in the titles of its tests: `business hours`. */
  readonly name: string
  /** The policy, or a function that makes one for each program: for a policy that is meant for one set of pools. */
  readonly policy: AnyPolicy | (() => AnyPolicy)
  /** Connections, in whatever state, that it lets be open at once at most. Needed for the clause on what it limits;
   * default: it limits nothing. */
  readonly most?: number
  /** Random programs to try. Default 500. */
  readonly runs?: number
  /** Of an earlier failure, to try the same programs again. Default: drawn anew. */
  readonly seed?: number
  /** Of an earlier failure, printed beside its seed: begins with the program that failed. Default: with the first. */
  readonly path?: string
}

export interface ReadPolicyOptions extends PolicySuiteOptions {
  readonly runs: number
  readonly seed: number
  readonly make: () => AnyPolicy
}

const known = ['name', 'policy', 'most', 'runs', 'seed', 'path']

/** The options complete. Throws `InvalidOptionError`. */
export function readPolicyOptions(runner: TestRunner, options: PolicySuiteOptions): ReadPolicyOptions {
  for (const method of ['describe', 'it'] as const) {
    if (typeof runner?.[method] !== 'function') {
      throw new InvalidOptionError(`runner.${method}`, runner?.[method], "the test runner's function of that name")
    }
  }
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, '{ name, policy }')
  }
  for (const option of Object.keys(options)) {
    if (!known.includes(option)) {
      throw new InvalidOptionError(option, '[given]', `no option of this name; there are ${known.join(', ')}`)
    }
  }
  const { name, policy, most, runs = 500, seed = Date.now() & 0x7fffffff, path } = options
  if (typeof name !== 'string' || name === '') throw new InvalidOptionError('name', name, 'a text that is not empty')
  if (typeof policy !== 'function' && (typeof policy !== 'object' || policy === null)) {
    throw new InvalidOptionError('policy', policy, 'a policy, or a function that makes one')
  }
  if (most !== undefined && !(Number.isInteger(most) && most > 0)) {
    throw new InvalidOptionError('most', most, 'a whole number of at least 1')
  }
  if (!(Number.isInteger(runs) && runs > 0)) throw new InvalidOptionError('runs', runs, 'a whole number of at least 1')
  if (!Number.isInteger(seed)) throw new InvalidOptionError('seed', seed, 'a whole number')
  if (path !== undefined && (typeof path !== 'string' || options.seed === undefined)) {
    throw new InvalidOptionError('path', path, 'the text printed beside a seed, together with that seed')
  }
  return { ...options, runs, seed, make: typeof policy === 'function' ? policy : () => policy }
}
