import { inspect } from 'node:util'
import { PoolError } from './pool-error.js'

/** An option is out of range, of the wrong type, contradicts another or does not exist. Thrown where options are
 * taken; from `acquire` it is a rejection. */
export class InvalidOptionError extends PoolError {
  override readonly name = 'InvalidOptionError'
  readonly code = 'ERR_POOL_INVALID_OPTION'
  /** Its path, as in `connect.timeout`. */
  readonly option: string
  readonly value: unknown
  /** What would have been taken, in words. */
  readonly allowed: string

  constructor(option: string, value: unknown, allowed: string) {
    super(`Invalid option ${option}: ${show(value)}. Allowed: ${allowed}`, undefined)
    this.option = option
    this.value = value
    this.allowed = allowed
  }
}

function show(value: unknown): string {
  const text = inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY })
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
