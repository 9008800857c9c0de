import { InvalidOptionError } from '../errors/invalid-option-error.js'
import type { Adapter } from './adapter.js'

const required = ['open', 'close'] as const
const abilities = ['destroy', 'isUsable', 'check', 'reset', 'watch', 'setRef', 'capacity', 'isFatal'] as const

/** Throws `InvalidOptionError` for what is no adapter. */
export function checkAdapter(adapter: Adapter<unknown>): void {
  if (typeof adapter !== 'object' || adapter === null) {
    throw new InvalidOptionError('adapter', adapter, 'an object with name, open and close')
  }
  if (typeof adapter.name !== 'string' || adapter.name === '') {
    throw new InvalidOptionError('adapter.name', adapter.name, 'a text that is not empty')
  }
  for (const method of required) {
    if (typeof adapter[method] !== 'function') {
      throw new InvalidOptionError(
        `adapter.${method}`,
        adapter[method],
        `a function (adapter "${adapter.name}" needs it)`,
      )
    }
  }
  for (const method of abilities) {
    if (adapter[method] !== undefined && typeof adapter[method] !== 'function') {
      throw new InvalidOptionError(
        `adapter.${method}`,
        adapter[method],
        `a function, or left out (adapter "${adapter.name}")`,
      )
    }
  }
}
