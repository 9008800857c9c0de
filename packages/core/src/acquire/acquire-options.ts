import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { duration, flag, type Reader, readGroup } from '../pool/read-options.js'

/** What one acquire may ask for. */
export interface AcquireOptions {
  /** Gives up when aborted, at once: even one that finds an idle connection. Rejects with `AcquireAbortedError`. */
  readonly signal?: AbortSignal
  /** ms until it rejects with `AcquireTimeoutError`. Default: the pool's `acquire.timeout`. */
  readonly timeout?: number
  /** Take only a connection whose open begins after this call; at `size.max` the longest idle makes room. Default false. */
  readonly fresh?: boolean
}

const signal: Reader<AbortSignal | undefined> = {
  fallback: undefined,
  allowed: 'an AbortSignal',
  accepts: (value) => typeof (value as AbortSignal)?.addEventListener === 'function' && 'aborted' in (value as object),
}

const readers = { signal, timeout: duration(0), fresh: flag(false) }

/** Validates the options of one acquire. Throws `InvalidOptionError`. */
export function readAcquireOptions(
  given: unknown,
  timeout: number,
): { signal: AbortSignal | undefined; timeout: number; fresh: boolean } {
  if (given === null) throw new InvalidOptionError('options', given, 'an object')
  const read = readGroup('acquire', given, readers)
  return read.timeout === 0 ? { ...read, timeout } : read
}
