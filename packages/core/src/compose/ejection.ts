import { InvalidOptionError } from '../errors/invalid-option-error.js'
import { isPoolError } from '../errors/is-pool-error.js'
import { count, duration, type Reader, readGroup } from '../pool/read-options.js'

/** When a member is left out, and for how long (Envoy's outlier detection, `consecutive_gateway_failure`). */
export interface EjectOptions {
  /** Failed acquires in a row after which it is left out. Raise it where single failures are usual. Default 5. */
  readonly failures?: number
  /** ms that the first ejection lasts: about what a restart takes. Default 1 000. */
  readonly cooldown?: number
  /** ms that no ejection lasts longer than: how late one that is well again may be noticed. Default 60 000. */
  readonly maxCooldown?: number
  /** How many times longer each ejection in a row is; 1 keeps them alike. Default 2. */
  readonly factor?: number
}

export type Ejection = Readonly<Required<EjectOptions>>

export const ejectReaders = {
  failures: count(5),
  cooldown: duration(1_000),
  maxCooldown: duration(60_000),
  factor: {
    fallback: 2,
    allowed: 'a number of at least 1',
    accepts: (v: unknown) => typeof v === 'number' && v >= 1 && v < Number.POSITIVE_INFINITY,
  },
} satisfies Record<keyof EjectOptions, Reader<number>>

/** Throws `InvalidOptionError`; `group` is what comes before the options' names in it. */
export function readEjection(group: string, given: unknown): Ejection {
  const ejection = readGroup(group, given, ejectReaders)
  if (ejection.maxCooldown < ejection.cooldown) {
    const path = group === '' ? '' : `${group}.`
    throw new InvalidOptionError(
      `${path}maxCooldown`,
      ejection.maxCooldown,
      `at least ${path}cooldown (${ejection.cooldown})`,
    )
  }
  return ejection
}

/** Whether an acquire failed because its pool could not connect: what ejects a member. */
export function isConnectFailure(error: unknown): boolean {
  return (
    isPoolError(error, 'ERR_POOL_CONNECT') ||
    isPoolError(error, 'ERR_POOL_CIRCUIT_OPEN') ||
    (isPoolError(error, 'ERR_POOL_ACQUIRE_TIMEOUT') && error.phase === 'connecting')
  )
}

/**
 * How one member is doing. No timer runs: whoever picks asks `isIn` whether its cool-down is over. From then on it is
 * on trial: one acquire at a time may wait for it; a grant brings it back in, a failure puts it out again for longer.
 */
export class Health {
  readonly #ejection: Ejection | undefined
  #failuresInARow = 0
  #ejectionsInARow = 0
  #until = 0
  #isOut = false
  #isOnTrial = false

  /** Without `ejection` it is always in. */
  constructor(ejection: Ejection | undefined) {
    this.#ejection = ejection
  }

  /** Ejected, and not proven well since. */
  get isOut(): boolean {
    return this.#isOut
  }

  /** An acquire may wait for it. */
  isIn(now: number): boolean {
    return !this.#isOut || (now >= this.#until && !this.#isOnTrial)
  }

  /** To be called before an acquire waits for it. True when that one is its trial, which must end. */
  beginTrial(now: number): boolean {
    const begins = this.#isOut && this.isIn(now)
    if (begins) this.#isOnTrial = true
    return begins
  }

  endTrial(): void {
    this.#isOnTrial = false
  }

  /** It has granted an acquire that waited for it. */
  succeeded(): void {
    this.#failuresInARow = 0
    this.#ejectionsInARow = 0
    this.#isOut = false
  }

  /** It has lent a connection that was ready: which proves nothing about one that cannot open new ones. */
  lent(now: number): void {
    if (now >= this.#until) this.succeeded()
  }

  /** It could not connect. True when that puts it out; `mayEject` is asked whether it may be. */
  failed(now: number, mayEject: () => boolean): boolean {
    const ejection = this.#ejection
    this.#failuresInARow++
    if (ejection === undefined || this.#failuresInARow < ejection.failures) return false
    if (this.#isOut && now < this.#until) return false
    this.#isOut = mayEject()
    if (!this.#isOut) return false
    const { cooldown, maxCooldown, factor } = ejection
    this.#until = now + Math.min(maxCooldown, cooldown * factor ** this.#ejectionsInARow)
    this.#ejectionsInARow++
    return true
  }
}
