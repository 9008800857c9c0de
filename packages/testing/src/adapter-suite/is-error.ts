import { types } from 'node:util'

/** Whether it is an Error that says something: by its message or its cause. `instanceof` alone does not know Node's own
 * errors inside jest, which runs tests among globals of its own. */
export function isError(value: unknown): value is Error {
  if (!(value instanceof Error) && !types.isNativeError(value) && !isDomException(value)) return false
  return value.message !== '' || value.cause !== undefined || value instanceof AggregateError
}

function isDomException(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === '[object DOMException]'
}
