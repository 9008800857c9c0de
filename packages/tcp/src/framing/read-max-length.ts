import { InvalidOptionError } from '@millpond/core'

/** The option of that name. Throws `InvalidOptionError`. */
export function readMaxLength(value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidOptionError('maxLength', value, 'a whole number of bytes of at least 1')
}
