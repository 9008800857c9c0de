import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { PoolError } from '../errors/pool-error.js'

/** What a function of the options gives; what it throws becomes the cause of a typed error. */
export function callOption<V>(option: string, target: unknown, allowed: string, fn: () => V): V {
  try {
    return fn()
  } catch (error) {
    throw error instanceof PoolError ? error : new InvalidOptionError(option, target, allowed, error)
  }
}
