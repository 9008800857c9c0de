import type { Adapter } from '../adapter/adapter.js'
import { checkAdapter } from '../adapter/check-adapter.js'
import type { Inspector } from '../connection/inspector.js'
import { InvalidOptionError } from '../errors/invalid-option-error.js'
import type { Policy } from '../policies/policy.js'
import type { Clock } from '../time/clock.js'
import { systemClock } from '../time/system-clock.js'
import { checkPolicies } from './check-policies.js'
import type {
  AcquireGroup,
  AdaptiveOptions,
  BackoffOptions,
  BreakerOptions,
  ConnectOptions,
  PerClientOptions,
  PoolOptions,
} from './pool-options.js'
import {
  count,
  duration,
  flag,
  fn,
  natural,
  object,
  oneOf,
  optional,
  type Reader,
  readGroup,
  readOptional,
  share,
  text,
} from './read-options.js'

type Complete<T> = { readonly [K in keyof T]-?: NonNullable<T[K]> }

/** Every option, read-only and complete: nothing further down knows a default. */
export interface ResolvedOptions {
  readonly name: string
  readonly size: Complete<NonNullable<PoolOptions['size']>>
  readonly acquire: Complete<Omit<AcquireGroup, 'adaptive' | 'perClient'>> & {
    readonly adaptive: Complete<AdaptiveOptions> | undefined
    readonly perClient: PerClientOptions | undefined
  }
  readonly connect: Complete<Omit<ConnectOptions, 'backoff' | 'breaker'>> & {
    readonly backoff: Complete<BackoffOptions>
    readonly breaker: Complete<BreakerOptions> | undefined
  }
  readonly idle: Complete<NonNullable<PoolOptions['idle']>>
  readonly lifetime: Complete<NonNullable<PoolOptions['lifetime']>>
  readonly health: Complete<NonNullable<PoolOptions['health']>>
  readonly release: Complete<NonNullable<PoolOptions['release']>>
  readonly close: Complete<NonNullable<PoolOptions['close']>>
  readonly capacity: Complete<NonNullable<PoolOptions['capacity']>>
  readonly lease: Complete<NonNullable<PoolOptions['lease']>>
  readonly policies: readonly Policy[]
  readonly stats: 'basic' | 'full'
  readonly clock: Clock
  readonly random: () => number
  readonly inspect: Inspector | undefined
  readonly start: 'ready' | 'paused'
}

const off = Number.POSITIVE_INFINITY

const backoff = {
  initialDelay: duration(100),
  maxDelay: duration(5_000),
  factor: { fallback: 2, allowed: 'a number of at least 1', accepts: (v: unknown) => isNumber(v) && v >= 1 && v < off },
  jitter: share(0.2),
} satisfies Record<string, Reader<number>>

const groups = {
  size: { min: natural(0), max: count(10, true), minSpare: natural(0) },
  acquire: {
    timeout: duration(30_000),
    maxWaiting: natural(off, true),
    order: oneOf('fifo', 'lifo'),
    adaptive: optional(false),
    perClient: optional(false),
    nested: oneOf('off', 'warn', 'error'),
    slow: duration(off),
  },
  connect: {
    timeout: duration(10_000),
    concurrency: count(off, true),
    growth: oneOf('elastic', 'eager'),
    backoff: object<Record<string, unknown>>({}),
    breaker: optional(false),
    retry: flag(false),
  },
  idle: { timeout: duration(30_000), max: natural(off, true), reuse: oneOf('lifo', 'fifo', 'random') },
  lifetime: { maxAge: duration(off), jitter: share(0.025), maxUses: count(off, true) },
  release: { timeout: duration(5_000) },
  close: { timeout: duration(5_000) },
  capacity: { placement: oneOf('packed', 'spread') },
  lease: { warnAfter: duration(off), maxDuration: duration(off) },
}

/** Groups that are off unless given; `true` takes their defaults. */
const adaptive = { target: duration(50), interval: duration(2_000) }
const perClient = { max: count(Number.NaN) }
const breaker = { failures: count(5), cooldown: duration(10_000) }

const single = {
  name: text(),
  stats: oneOf('basic', 'full'),
  random: fn(Math.random as () => number),
  start: oneOf('ready', 'paused'),
}

/** The only place that validates a pool's options. `alsoKnown` are options that have been read already, for suggestions.
 * Throws `InvalidOptionError` naming the option, the value and what is allowed. */
export function resolveOptions<R>(
  adapter: Adapter<R>,
  given: PoolOptions = {},
  alsoKnown: readonly string[] = [],
): ResolvedOptions {
  checkAdapter(adapter)
  const { size, acquire, connect, idle, lifetime, health, release, close, capacity, lease, ...others } = readable(given)
  const { policies, clock, inspect, ...rest } = others
  const hasCheck = adapter.check !== undefined
  const healthGroup = {
    onAcquire: flag(hasCheck),
    after: duration(500, true),
    every: duration(off),
    concurrency: count(2, true),
    timeout: duration(5_000),
  }
  const top = readGroup(
    '',
    rest,
    { ...single, name: text(adapter.name) },
    Object.keys(groups).concat('health', 'policies', 'clock', 'inspect', alsoKnown),
  )
  const acquireGroup = readGroup('acquire', acquire, groups.acquire)
  const connectGroup = readGroup('connect', connect, groups.connect)
  const resolved: ResolvedOptions = {
    ...top,
    size: readGroup('size', size, groups.size),
    acquire: {
      ...acquireGroup,
      adaptive: readOptional('acquire.adaptive', acquireGroup.adaptive, adaptive),
      perClient: readPerClient(acquireGroup.perClient),
    },
    connect: {
      ...connectGroup,
      backoff: readGroup('connect.backoff', connectGroup.backoff, backoff),
      breaker: readOptional('connect.breaker', connectGroup.breaker, breaker),
    },
    idle: readGroup('idle', idle, groups.idle),
    lifetime: readGroup('lifetime', lifetime, groups.lifetime),
    health: readGroup('health', health, healthGroup),
    release: readGroup('release', release, groups.release),
    close: readGroup('close', close, groups.close),
    capacity: readGroup('capacity', capacity, groups.capacity),
    lease: readGroup('lease', lease, groups.lease),
    policies: policies === undefined ? [] : checkPolicies(policies),
    clock: clock === undefined ? systemClock : checkClock(clock),
    inspect: inspect === undefined ? undefined : checkInspector(inspect),
  }
  checkSize(resolved.size.min, resolved.size.max, resolved)
  const { initialDelay, maxDelay } = resolved.connect.backoff
  if (maxDelay < initialDelay) {
    throw new InvalidOptionError(
      'connect.backoff.maxDelay',
      maxDelay,
      `at least connect.backoff.initialDelay (${initialDelay})`,
    )
  }
  if (!hasCheck) {
    const needs = `nothing, as adapter "${adapter.name}" has no check()`
    if (resolved.health.onAcquire) throw new InvalidOptionError('health.onAcquire', true, `false or ${needs}`)
    if (resolved.health.every !== off)
      throw new InvalidOptionError('health.every', resolved.health.every, `Infinity or ${needs}`)
  }
  return resolved
}

/** Holds for the options at creation and for `resize` alike. */
export function checkSize(min: number, max: number, options: Pick<ResolvedOptions, 'size' | 'idle'>): void {
  const counted = (v: number, least: number) => Number.isInteger(v) && v >= least
  if (max !== off && !counted(max, 1)) {
    throw new InvalidOptionError('size.max', max, 'a whole number of at least 1, or Infinity for no limit')
  }
  if (!counted(min, 0)) throw new InvalidOptionError('size.min', min, 'a whole number of at least 0')
  if (min > max) throw new InvalidOptionError('size.min', min, `at most size.max (${max})`)
  if (options.size.minSpare > max)
    throw new InvalidOptionError('size.minSpare', options.size.minSpare, `at most size.max (${max})`)
  const kept = Math.max(min, options.size.minSpare)
  if (options.idle.max < kept) {
    throw new InvalidOptionError(
      'idle.max',
      options.idle.max,
      `at least ${kept}, as size.min and size.minSpare keep that many idle`,
    )
  }
}

function readPerClient(given: unknown): PerClientOptions | undefined {
  const read = given === true ? {} : given
  if (read === false) return undefined
  const { max } = readGroup('acquire.perClient', read, perClient)
  if (Number.isNaN(max)) throw new InvalidOptionError('acquire.perClient.max', undefined, perClient.max.allowed)
  return { max }
}

function readable(given: unknown): PoolOptions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidOptionError('options', given, 'an object')
  }
  return given
}

function checkClock(clock: unknown): Clock {
  for (const method of ['now', 'setTimeout', 'clearTimeout'] as const) {
    if (typeof (clock as Partial<Clock> | null)?.[method] !== 'function') {
      throw new InvalidOptionError(
        'clock',
        clock,
        `an object with now, setTimeout and clearTimeout (no ${method} here)`,
      )
    }
  }
  return clock as Clock
}

function checkInspector(inspect: unknown): Inspector {
  if (typeof (inspect as Partial<Inspector> | null)?.connection !== 'function') {
    throw new InvalidOptionError('inspect', inspect, 'what inspectWith() of @millpond/core/machine returns')
  }
  return inspect as Inspector
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(value)
}
