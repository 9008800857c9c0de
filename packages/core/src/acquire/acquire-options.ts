import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { suggest } from '../pool/read-options.js'

/** What one acquire may ask for. */
export interface AcquireOptions {
  /** Gives up when aborted, at once: even one that finds an idle connection. Rejects with `AcquireAbortedError`. */
  readonly signal?: AbortSignal
  /** ms until it rejects with `AcquireTimeoutError`. Default: the pool's `acquire.timeout`. */
  readonly timeout?: number
  /** Take only a connection whose open begins after this call; at `size.max` the longest idle makes room. Default false. */
  readonly fresh?: boolean
}

const names = ['signal', 'timeout', 'fresh']

/** Validates the options of one acquire, without allocating: it is on the way of every acquire that has any. Throws
 * `InvalidOptionError`. */
export function checkAcquireOptions(given: AcquireOptions): void {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('acquire', given, 'an object')
  for (const name in given) {
    if (!names.includes(name))
      throw new InvalidOptionError(`acquire.${name}`, (given as never)[name], suggest(name, names))
  }
  const { signal, timeout, fresh } = given
  if (signal !== undefined && !isSignal(signal))
    throw new InvalidOptionError('acquire.signal', signal, 'an AbortSignal')
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0)) {
    throw new InvalidOptionError(
      'acquire.timeout',
      timeout,
      'milliseconds as a number above 0; Infinity switches it off',
    )
  }
  if (fresh !== undefined && typeof fresh !== 'boolean') {
    throw new InvalidOptionError('acquire.fresh', fresh, 'true or false')
  }
}

function isSignal(value: unknown): value is AbortSignal {
  return typeof (value as AbortSignal)?.addEventListener === 'function' && 'aborted' in (value as object)
}
