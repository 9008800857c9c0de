import { InvalidOptionError } from '../errors/invalid-option-error.js'
import type { Policy } from '../policies/policy.js'
import { suggest } from './read-options.js'

const hooks = [
  'attach',
  'onConnect',
  'onAcquire',
  'onRelease',
  'onIdle',
  'admit',
  'mayOpen',
  'onConnecting',
  'onConnectError',
  'onDisconnect',
  'detach',
]

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
    for (const hook of hooks) {
      const value = (policy as Record<string, unknown>)[hook]
      if (value !== undefined && typeof value !== 'function') {
        throw new InvalidOptionError(`policies[${i}].${hook}`, value, 'a function, or left out')
      }
    }
    for (const hook of Object.keys(rest)) {
      if (!hooks.includes(hook) && typeof rest[hook] === 'function') {
        throw new InvalidOptionError(`policies[${i}].${hook}`, rest[hook], suggest(hook, hooks))
      }
    }
  }
  return policies
}
