import { InvalidOptionError } from '../errors/invalid-option-error.js'
import type { Policy, PolicyHooks } from '../policies/policy.js'
import { suggest } from './read-options.js'

/** Every hook, made complete by its type. */
export const hookNames = Object.keys({
  onConnect: true,
  onAcquire: true,
  onRelease: true,
  onIdle: true,
  admit: true,
  mayOpen: true,
  onConnecting: true,
  onConnectError: true,
  onDisconnect: true,
  detach: true,
} satisfies Record<keyof PolicyHooks, true>) as readonly (keyof PolicyHooks)[]

const functions: readonly string[] = ['attach', ...hookNames]

/** Throws `InvalidOptionError` for what is no list of policies, and for a hook that is misspelled. */
export function checkPolicies(policies: unknown): readonly Policy[] {
  if (!Array.isArray(policies)) throw new InvalidOptionError('policies', policies, 'an array of policies')
  for (const [i, policy] of policies.entries()) {
    if (typeof policy !== 'object' || policy === null) {
      throw new InvalidOptionError(`policies[${i}]`, policy, 'an object with a name and hooks')
    }
    const { name, ...rest } = policy as Record<string, unknown>
    if (typeof name !== 'string' || name === '') {
      throw new InvalidOptionError(`policies[${i}].name`, name, 'a text that is not empty')
    }
    for (const hook of functions) {
      const value = (policy as Record<string, unknown>)[hook]
      if (value !== undefined && typeof value !== 'function') {
        throw new InvalidOptionError(`policies[${i}].${hook}`, value, 'a function, or left out')
      }
    }
    for (const hook of Object.keys(rest)) {
      if (!functions.includes(hook) && typeof rest[hook] === 'function') {
        throw new InvalidOptionError(`policies[${i}].${hook}`, rest[hook], suggest(hook, functions))
      }
    }
  }
  return policies
}
