import { PoolError } from './pool-error.js'

/** What an acquire was waiting for when its deadline passed. */
export type AcquirePhase = 'checking' | 'connecting' | 'waiting'

/** Where the pool stood at that moment. */
export interface AcquireTimeoutDetails {
  /** ms since the acquire. */
  readonly waited: number
  readonly phase: AcquirePhase
  readonly max: number
  readonly leased: number
  readonly checking: number
  readonly connecting: number
  readonly closing: number
  /** Acquires still waiting, without this one. */
  readonly waiting: number
  /** Age of the oldest lease in ms; undefined when nothing is leased. */
  readonly oldestLease: number | undefined
  /** Where that lease was acquired, where it is known: with `lease.warnAfter` or `lease.maxDuration`. */
  readonly oldestLeaseStack?: string | undefined
  readonly paused: boolean
}

const advice: Record<AcquirePhase, string> = {
  waiting:
    'every connection was in use. Release leases earlier (pool.use does it for you), look for one that is never released, raise size.max, or shed load with acquire.maxWaiting',
  connecting:
    'the opens in progress did not finish in time. Check that the server answers, raise acquire.timeout above connect.timeout, or keep connections ready with size.min',
  checking:
    'a health check did not finish in time. Check that the server answers, or lower health.timeout below acquire.timeout',
}

/** No connection came free before the acquire's deadline. Its `cause` is the last failed open, if one failed meanwhile,
 * or if none was to begin for some time after it. */
export class AcquireTimeoutError extends PoolError implements AcquireTimeoutDetails {
  override readonly name = 'TimeoutError'
  readonly code = 'ERR_POOL_ACQUIRE_TIMEOUT' as const
  readonly waited: number
  readonly phase: AcquirePhase
  readonly max: number
  readonly leased: number
  readonly checking: number
  readonly connecting: number
  readonly closing: number
  readonly waiting: number
  readonly oldestLease: number | undefined
  readonly oldestLeaseStack: string | undefined
  readonly paused: boolean

  constructor(pool: string, details: AcquireTimeoutDetails, cause?: unknown) {
    super(explain(pool, details, cause !== undefined), pool, cause === undefined ? undefined : { cause })
    this.waited = details.waited
    this.phase = details.phase
    this.max = details.max
    this.leased = details.leased
    this.checking = details.checking
    this.connecting = details.connecting
    this.closing = details.closing
    this.waiting = details.waiting
    this.oldestLease = details.oldestLease
    this.oldestLeaseStack = details.oldestLeaseStack
    this.paused = details.paused
  }
}

function explain(pool: string, d: AcquireTimeoutDetails, openFailed: boolean): string {
  const counts = `${d.leased} of at most ${d.max} connections leased, ${d.checking} checking, ${d.connecting} connecting, ${d.closing} closing, ${d.waiting} more waiting`
  const where = d.oldestLeaseStack === undefined ? '' : `, acquired ${firstCall(d.oldestLeaseStack)}`
  const oldest = d.oldestLease === undefined ? '' : `; the oldest lease is ${Math.round(d.oldestLease)} ms old${where}`
  const likely = d.paused
    ? 'the pool was paused. Call resume(), or pause with waiters: "reject"'
    : openFailed
      ? 'opens failed (see cause). Check that the server is up and reachable'
      : advice[d.phase]
  return `No connection of pool "${pool}" within ${Math.round(d.waited)} ms (${d.phase}): ${counts}${oldest}. Likely ${likely}.`
}

/** The first line of a stack that is a call. */
function firstCall(stack: string): string {
  return /^ *(at .*)$/m.exec(stack)?.[1] ?? 'at an unknown place'
}
