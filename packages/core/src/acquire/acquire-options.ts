import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { suggest } from '../pool/read-options.js'
import type { Asked } from './waiter.js'

/** What one acquire may ask for. */
export interface AcquireOptions {
  /** Gives up when aborted, at once: even one that finds an idle connection. Rejects with `AcquireAbortedError`. */
  readonly signal?: AbortSignal
  /** ms until it rejects with `AcquireTimeoutError`: what this caller has left. Default: the pool's
   * `acquire.timeout`. */
  readonly timeout?: number
  /** Its class: a higher one is served first, and every 8th grant that passes over a lower one goes to the lowest, so
   * that none starves. Any number; a handful of classes, not one for each acquire. Default 0. */
  readonly priority?: number
  /** On whose behalf: counted and kept apart by `acquire.perClient`. Default: nobody's, without a limit. */
  readonly client?: string
  /** Take only a connection whose open begins after this call; at `size.max` the longest idle makes room. For
   * the second try after a stale connection. Default false. */
  readonly fresh?: boolean
}

export type TryAcquireOptions = Pick<AcquireOptions, 'client'>

type Check = readonly [isAllowed: (value: unknown) => boolean, allowed: string]

const checks: Readonly<Record<keyof AcquireOptions, Check>> = {
  signal: [isSignal, 'an AbortSignal'],
  timeout: [(v) => typeof v === 'number' && v > 0, 'milliseconds as a number above 0; Infinity switches it off'],
  priority: [(v) => typeof v === 'number' && Number.isFinite(v), 'a finite number'],
  client: [(v) => typeof v === 'string' && v !== '', 'a text that is not empty'],
  fresh: [(v) => typeof v === 'boolean', 'true or false'],
}

/** Validates the options of one acquire, without allocating: it is on the way of every acquire that has any. Throws
 * `InvalidOptionError`. */
export function checkAcquireOptions(given: AcquireOptions): void {
  if (typeof given !== 'object' || given === null) throw new InvalidOptionError('acquire', given, 'an object')
  for (const name in given) {
    const value = (given as Record<string, unknown>)[name]
    if (!Object.hasOwn(checks, name)) {
      throw new InvalidOptionError(`acquire.${name}`, value, suggest(name, Object.keys(checks)))
    }
    const [isAllowed, allowed] = checks[name as keyof AcquireOptions]
    if (value !== undefined && !isAllowed(value)) throw new InvalidOptionError(`acquire.${name}`, value, allowed)
  }
}

/** The options complete; `patience` is the pool's `acquire.timeout`. */
export function readAcquireOptions(options: AcquireOptions, patience: number): Asked {
  const { signal, timeout = patience, fresh = false, priority = 0, client } = options
  return { signal, timeout, fresh, priority, client }
}

function isSignal(value: unknown): value is AbortSignal {
  return typeof (value as AbortSignal)?.addEventListener === 'function' && 'aborted' in (value as object)
}
