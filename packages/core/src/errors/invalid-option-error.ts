import { inspect } from 'node:util'
import { PoolError } from './pool-error.js'
import { redact } from './redact.js'

/** An option is out of range, of the wrong type, contradicts another or does not exist. Thrown where options are
 * taken; from `acquire` it is a rejection. */
export class InvalidOptionError extends PoolError {
  override readonly name = 'InvalidOptionError'
  readonly code = 'ERR_POOL_INVALID_OPTION' as const
  /** Its path, as in `connect.timeout`. */
  readonly option: string
  readonly value: unknown
  /** What would have been taken, in words. */
  readonly allowed: string

  constructor(option: string, value: unknown, allowed: string, cause?: unknown) {
    const message = `Invalid option ${option}: ${show(option, value)}. Allowed: ${allowed}`
    super(message, undefined, cause === undefined ? undefined : { cause })
    this.option = option
    this.value = isSecret(option, value) ? hidden : typeof value === 'string' ? redact(value) : value
    this.allowed = allowed
  }
}

const secret = /pass|secret|token|credential|auth|key|pfx|cert/i

const hidden = '(not shown)'

/** Numbers and switches are no secrets, whatever the name. */
function isSecret(option: string, value: unknown): boolean {
  return secret.test(option) && (typeof value === 'string' || (typeof value === 'object' && value !== null))
}

function show(option: string, value: unknown): string {
  if (isSecret(option, value)) return hidden
  const text = redact(inspect(value, { depth: 0, breakLength: Number.POSITIVE_INFINITY }))
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}
